"""The official’s home: the next meeting, then what to do."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from elus.attendance.models import Answer, Choice
from elus.calendars.models import Feed
from elus.convocations.models import VersionKind
from elus.kernel import clock
from elus.kernel.db import transaction
from elus.meetings.models import Meeting
from elus.organizations.models import Person, Role
from elus.reading.models import Reading
from elus.register.actions import record
from tests import factories as make
from tests.conftest import Browser
from tests.meetings.test_member_page import _elements

SignIn = Callable[[Person], Browser]


def _in(days: int) -> Any:
    return clock.local_day(clock.now()) + timedelta(days=days)


def test_the_next_meeting_comes_first_with_one_main_action(app: Flask, sign_in: SignIn) -> None:
    file = make.file(pages=12)
    meeting = make.meeting(papers=[file], titles=("Tarifs",), day=_in(6))
    make.meeting(meeting.organization, day=_in(20))
    member = make.member(meeting.organization)
    make.convocation(meeting, [member])
    page = sign_in(member).get("/").text
    assert "dans 6\xa0jours" in page
    assert "2\xa0points à l’ordre du jour, 1\xa0document, 12\xa0pages" in page
    assert page.count('class="button main"') == 1
    assert re.search(rf'<form method="post" action="[^"]*{meeting.id}[^"]*">.*?Ouvrir le dossier', page, re.S)
    assert f'href="/reunions/{meeting.id}#reponse"' in page
    assert "pas encore répondu" in page
    assert "Ensuite" in page


def test_once_opened_the_dossier_is_a_link(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting()
    member = make.member(meeting.organization)
    convocation = make.convocation(meeting, [member]).convocation_id
    person = member.id
    with transaction():
        record("convocation_opened", convocation, at=clock.now(), who=person, version="0" * 64)
    page = sign_in(member).get("/").text
    assert "Dossier ouvert" in page
    assert re.search(rf'class="button main" href="/reunions/{meeting.id}"', page)


def test_what_to_do_and_nothing_once_done(app: Flask, sign_in: SignIn) -> None:
    file = make.file()
    meeting = make.meeting(papers=[file], titles=())
    member = make.member(meeting.organization)
    page = sign_in(member).get("/").text
    assert "Dire si vous venez" in page
    assert "1\xa0document à lire" in page
    make.saved(Reading(person_id=member.id, file_id=file.id, opened_at=clock.now()))
    make.saved(Answer(meeting_id=meeting.id, person_id=member.id, choice=Choice.COMES, answered_at=clock.now()))
    page = sign_in(member).get("/").text
    assert "Tout est à jour" in page
    assert "Vous venez" in page


def test_what_changed_since_i_last_looked(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting()
    member = make.member(meeting.organization)
    make.convocation(meeting, [member])
    browser = sign_in(member)
    assert "a changé depuis" not in browser.get("/").text
    convocation = make.convocation(meeting, [member], kind=VersionKind.MEETING_CHANGED).convocation_id
    assert "la date, l’heure ou le lieu ont changé" in browser.get("/").text
    person = member.id
    with transaction():
        record("convocation_opened", convocation, at=clock.now(), who=person, version="0" * 64)
    assert "a changé depuis" not in browser.get("/").text


def test_a_cancelled_meeting_is_not_the_next_one(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization()
    make.meeting(owner, day=_in(3), cancelled_at=clock.now())
    held = make.meeting(owner, day=_in(9))
    page = sign_in(make.member(owner)).get("/").text
    assert page.index(str(held.id)) < page.index("Annulée")


def test_an_announced_meeting_waits_for_its_agenda(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting(published=False)
    page = sign_in(make.member(meeting.organization)).get("/").text
    assert "pas encore publié" in page
    assert "Ouvrir le dossier" not in page
    assert "Répondre" not in page


def test_no_meeting(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(make.member()).get("/").text
    assert "Aucune réunion prévue" in page
    assert "Vous serez prévenu par courriel." in page


def test_the_calendar_is_offered_until_there_is_one(app: Flask, sign_in: SignIn) -> None:
    member = make.member()
    browser = sign_in(member)
    assert "Relier mon agenda" in browser.get("/").text
    make.saved(Feed(person_id=member.id, token_hash="0" * 64, token=b"x", created_at=clock.now()))
    assert "Relier mon agenda" not in browser.get("/").text


def test_the_helper_is_that_of_the_authority(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization(of=make.body(helper_name="Mme Dominique Fictive", helper_phone="05 36 49 00 00"))
    make.meeting(owner)
    page = sign_in(make.member(owner)).get("/").text
    assert "Mme Dominique Fictive" in page
    assert 'href="tel:0536490000"' in page


def test_those_who_sit_nowhere_go_to_their_own_work(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization()
    make.meeting(owner)
    assert sign_in(make.secretary(owner)).get("/").headers["Location"].rstrip("/").endswith("secretariat")
    assert "admin" in sign_in(make.administrator()).get("/").headers["Location"]
    both = make.secretary(owner)
    make.member(make.organization("Bureau", of=make.body("Thénezay", "commune_lt_3500")), both)
    assert sign_in(both).get("/").status_code == 200
    assert sign_in(make.member(owner, role=Role.GUEST)).get("/").status_code == 200


def test_strangers_sign_in(browser: Browser) -> None:
    assert browser.get("/").status_code == 302


def test_home_costs_the_same_queries_and_stays_small(app: Flask, sign_in: SignIn, queries: Callable[[], Any]) -> None:
    owner = make.organization()
    member = make.member(owner)
    browser = sign_in(member)
    counted = []
    for size, papers in ((1, 1), (8, 10)):
        for n in range(size):
            meeting: Meeting = make.meeting(
                owner, day=_in(3 + n), papers=[make.file() for _ in range(papers if n == 0 else 0)]
            )
            make.convocation(meeting, [member])
        browser.get("/aide")
        with queries() as found:
            page = browser.get("/").text
        counted.append(found.count)
    assert counted[0] == counted[1]
    assert _elements(page) <= 260
