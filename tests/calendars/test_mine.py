"""The page of my calendar: a first address, another, none."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from elus.calendars.clients import client_name
from elus.calendars.models import Feed
from elus.kernel import clock
from elus.kernel.db import db, transaction
from tests import factories as make

PAGE = "/compte/agenda"


@pytest.fixture
def mine(app, sign_in):
    return sign_in(make.member())


def address(page: str) -> str:
    found = re.search(r'value="http://localhost(/agenda/[^"]+\.ics)"', page)
    assert found
    return found[1]


def test_at_first_there_is_no_subscription(mine) -> None:
    page = mine.get(PAGE)
    assert page.status_code == 200
    assert "Vous n’avez pas encore d’abonnement." in page.text
    assert "webcal:" not in page.text


def test_one_press_makes_an_address_that_works(mine) -> None:
    assert mine.submit("/compte/agenda/adresse", {}, page=PAGE).status_code == 303
    page = mine.get(PAGE).text
    assert f'href="webcal://localhost{address(page)}"' in page
    assert "n’est pas encore venu" in page
    assert mine.get(address(page), headers={"User-Agent": "Google-Calendar-Importer"}).status_code == 200
    assert "par Google Agenda" in mine.get(PAGE).text


def test_changing_the_secret_ends_the_old_address(mine) -> None:
    mine.submit("/compte/agenda/adresse", {}, page=PAGE)
    old = address(mine.get(PAGE).text)
    mine.submit("/compte/agenda/adresse", {}, page=PAGE)
    assert address(mine.get(PAGE).text) != old
    assert mine.get(old).status_code == 410


def test_stopping_leaves_no_address(mine) -> None:
    mine.submit("/compte/agenda/adresse", {}, page=PAGE)
    old = address(mine.get(PAGE).text)
    assert mine.submit("/compte/agenda/arreter", {}, page=PAGE).status_code == 303
    assert "pas encore d’abonnement" in mine.get(PAGE).text
    assert mine.get(old).status_code == 410


def test_a_calendar_silent_for_a_week_is_told(mine) -> None:
    mine.submit("/compte/agenda/adresse", {}, page=PAGE)
    assert "ne vient plus" not in mine.get(PAGE).text
    with transaction():
        feed = db.session.scalars(select(Feed)).one()
        feed.fetched_at = clock.now() - timedelta(days=8)
    assert "Votre agenda ne vient plus chercher les réunions." in mine.get(PAGE).text


def test_a_form_from_elsewhere_changes_nothing(mine) -> None:
    assert mine.open("/compte/agenda/adresse", method="POST").status_code == 400
    assert db.session.scalars(select(Feed)).all() == []


def test_nobody_sees_the_address_of_another(mine, sign_in) -> None:
    mine.submit("/compte/agenda/adresse", {}, page=PAGE)
    assert "webcal:" not in sign_in(make.member()).get(PAGE).text


def test_a_stranger_signs_in_first(browser, app) -> None:
    assert browser.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Google-Calendar-Importer", "Google Agenda"),
        ("iOS/18.1 (22B83) dataaccessd/1.0", "Calendrier de l’iPad ou de l’iPhone"),
        ("Mozilla/5.0 (X11; rv:153.0) Gecko/20100101 Thunderbird/153.0", "Thunderbird"),
        ("Microsoft Office/16.0 (Outlook)", "Outlook"),
        ("", "une autre application"),
        (None, "une autre application"),
    ],
)
def test_programs_are_named_as_people_know_them(agent, name) -> None:
    assert client_name(agent) == name
