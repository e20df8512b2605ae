import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from elus.kernel import clock
from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Meeting
from elus.organizations.models import Organization, Person, Role
from tests import factories as make
from tests.conftest import Browser

URL = "/secretariat/reunions/nouvelle"
NEW = {
    "title": "Conseil communautaire",
    "day": "2027-01-13",
    "hour": "18:30",
    "end": "",
    "place": "Mairie de Thénezay",
    "agenda": "standing",
}


@pytest.fixture
def office(sign_in: Callable[[Any], Browser], secretary: Person) -> Browser:
    return sign_in(secretary)


def meetings() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Meeting)) or 0


def test_only_a_secretariat_creates(sign_in: Callable[[Any], Browser], council: Organization) -> None:
    assert sign_in(make.member(council)).get(URL).status_code == 404


def test_place_and_hour_come_from_the_last_meeting(office: Browser, council: Organization) -> None:
    make.meeting(council)
    page = office.get(URL).text
    assert 'value="18:30"' in page
    assert "Salle des fêtes, 79200 Parthenay" in page
    assert "Les points habituels" in page


def test_a_meeting_is_created_and_opened(office: Browser, council: Organization) -> None:
    answer = office.submit(URL, NEW)
    assert answer.status_code == 303
    made = db.session.scalars(select(Meeting)).one()
    assert answer.headers["Location"].startswith(f"/secretariat/reunions/{made.id}/preparer")
    assert "La réunion est créée" in office.follow(answer).text


def test_the_standing_items_of_the_last_meeting_come_with_it(office: Browser, council: Organization) -> None:
    make.meeting(council, titles=("Désignation d’un secrétaire de séance", "Tarifs"))
    office.submit(URL, NEW)
    made = db.session.scalars(select(Meeting).where(Meeting.published_at.is_(None))).one()
    titles = db.session.scalars(select(AgendaItem.title).where(AgendaItem.meeting_id == made.id)).all()
    assert titles == ["Désignation d’un secrétaire de séance"]


def test_a_copy_takes_the_whole_agenda_unless_told(office: Browser, council: Organization) -> None:
    source = make.meeting(council, titles=("Tarifs", "Voirie"))
    url = f"{URL}?copie={source.id}"
    assert re.search(r'<input checked[^>]*value="whole"', office.get(url).text)
    office.submit(url, {**NEW, "agenda": "whole"})
    db.session.rollback()
    made = db.session.scalars(select(Meeting).where(Meeting.published_at.is_(None))).one()
    assert len(db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == made.id)).all()) == 2


def test_with_several_assemblies_one_chooses_first(
    sign_in: Callable[[Any], Browser], council: Organization, secretary: Person
) -> None:
    bureau = make.organization("Bureau communautaire")
    make.member(bureau, secretary, role=Role.SECRETARY)
    browser = sign_in(secretary)
    page = browser.get(URL).text
    assert "Bureau communautaire" in page
    assert "Quelle assemblée" in page
    assert browser.get(f"{URL}?organisation={bureau.id}").status_code == 200


@pytest.mark.parametrize("query", ["organisation=x", "copie=12345678901234567890"])
def test_an_unknown_organization_or_source_is_not_found(office: Browser, query: str) -> None:
    assert office.get(f"{URL}?{query}").status_code == 404


def test_the_organization_of_somebody_else_is_not_found(office: Browser) -> None:
    other = make.organization("Conseil municipal")
    meeting = make.meeting(other)
    assert office.get(f"{URL}?organisation={other.id}").status_code == 404
    assert office.get(f"{URL}?copie={meeting.id}").status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"day": (clock.local_day(clock.now()) - timedelta(days=1)).isoformat()}, 409, "Cette date est passée"),
        ({"day": ""}, 200, "Choisissez le jour"),
        ({"day": "2026-13-45"}, 200, "corriger"),
        ({"hour": "25:00"}, 200, "corriger"),
        ({"place": ""}, 200, "Indiquez le lieu"),
        ({"day": "2026-02-02"}, 409, "passée"),
    ],
)
def test_what_is_wrong_is_said_and_the_form_is_kept(
    office: Browser, council: Organization, change: dict[str, str], status: int, words: str
) -> None:
    answer = office.submit(URL, {**NEW, "title": "Conseil extraordinaire", **change})
    assert answer.status_code == status
    assert words in answer.text
    assert "Conseil extraordinaire" in answer.text
    assert meetings() == 0


def test_a_form_sent_twice_leads_to_the_meeting_already_made(office: Browser, council: Organization) -> None:
    office.submit(URL, NEW)
    answer = office.submit(URL, NEW)
    assert answer.status_code == 409
    assert "Une réunion existe déjà" in answer.text
    assert meetings() == 1
