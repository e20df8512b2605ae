"""« Je viens », « Je ne viens pas », until the meeting begins."""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elus.attendance import queries
from elus.attendance.actions import answer
from elus.attendance.models import Answer, Choice
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer
from elus.meetings.models import Meeting
from elus.organizations.models import Person, Role
from elus.register.models import Event
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[[Person], Browser]


def _viewer(person: Person) -> Viewer:
    at = clock.now()
    return Viewer(uuid.uuid4(), person.id, uuid.uuid4(), person.name, at, clock.local_day(at))


def _send(browser: Browser, meeting: Meeting, choice: str) -> int:
    url = f"/reunions/{meeting.id}/reponse"
    return browser.submit(url, {"choice": choice}, page="/affichage").status_code


@pytest.fixture
def meeting(app: Flask) -> Meeting:
    return make.meeting()


@pytest.fixture
def member(meeting: Meeting) -> Person:
    return make.member(meeting.organization)


def test_a_member_answers_from_the_page_and_sees_it(meeting: Meeting, member: Person, sign_in: SignIn) -> None:
    browser = sign_in(member)
    page = f"/reunions/{meeting.id}"
    assert "Viendrez-vous" in browser.get(page).text
    response = browser.submit(f"{page}/reponse", {"choice": "comes"}, page=page)
    assert response.status_code == 303
    assert response.headers["Location"].endswith(f"{page}#reponse")
    shown = browser.get(page).text
    assert "Je viens" in shown
    assert 'value="comes"' not in shown
    assert 'value="absent"' in shown


def test_the_last_answer_holds(meeting: Meeting, member: Person, sign_in: SignIn) -> None:
    browser = sign_in(member)
    assert [_send(browser, meeting, choice) for choice in ("comes", "absent")] == [303, 303]
    db.session.rollback()
    assert [(found.person_id, found.choice) for found in queries.answers(meeting.id).values()] == [
        (member.id, Choice.ABSENT)
    ]
    assert queries.counts(meeting.id) == queries.Counts(comes=0, absent=1)


def test_a_substitute_answers_too(meeting: Meeting, sign_in: SignIn) -> None:
    substitute = make.member(meeting.organization, role=Role.SUBSTITUTE)
    assert _send(sign_in(substitute), meeting, "comes") == 303


@pytest.mark.parametrize("choice", ["", "maybe"])
def test_an_unknown_answer_is_told_and_asked_again(
    meeting: Meeting, member: Person, sign_in: SignIn, choice: str
) -> None:
    browser = sign_in(member)
    response = browser.submit(f"/reunions/{meeting.id}/reponse", {"choice": choice}, page="/affichage")
    assert response.status_code == 400
    assert "Choisissez" in response.text
    assert 'value="comes"' in response.text
    assert queries.answers(meeting.id) == {}


def test_once_the_meeting_has_begun_one_calls_the_secretariat(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization(of=make.body(helper_name="Mme Fictive", helper_phone="05 36 49 00 00"))
    meeting = make.meeting(owner)
    member = make.member(owner)
    _move(meeting, starts_at=clock.now() - timedelta(minutes=1))
    response = sign_in(member).submit(f"/reunions/{meeting.id}/reponse", {"choice": "comes"}, page="/affichage")
    assert response.status_code == 409
    assert "a commencé" in response.text
    assert "05 36 49 00 00" in response.text
    assert queries.answers(meeting.id) == {}


def test_a_cancelled_meeting_takes_no_answer(meeting: Meeting, member: Person, sign_in: SignIn) -> None:
    _move(meeting, cancelled_at=clock.now())
    browser = sign_in(member)
    response = browser.submit(f"/reunions/{meeting.id}/reponse", {"choice": "comes"}, page="/affichage")
    assert response.status_code == 409
    assert "annulée" in response.text
    assert 'name="choice"' not in browser.get(f"/reunions/{meeting.id}").text


def test_nobody_else_may_answer(meeting: Meeting, sign_in: SignIn) -> None:
    owner = meeting.organization
    outsider = make.member(make.organization("Bureau", of=make.body("Commune de Thénezay", "commune_lt_3500")))
    former = make.member(owner, ends_on=date(2026, 6, 30))
    guest = make.member(owner, role=Role.GUEST)
    for person in (outsider, former, guest, make.secretary(owner)):
        assert _send(sign_in(person), meeting, "comes") == 404
    announced = make.meeting(owner, published=False)
    assert _send(sign_in(make.member(owner)), announced, "comes") == 404


def test_a_stranger_is_led_to_the_door(meeting: Meeting, browser: Browser) -> None:
    response = browser.submit(f"/reunions/{meeting.id}/reponse", {"choice": "comes"}, page="/affichage")
    assert response.status_code == 303
    assert queries.answers(meeting.id) == {}


def test_the_action_refuses_whoever_is_not_called(meeting: Meeting) -> None:
    guest = make.member(meeting.organization, role=Role.GUEST)
    with pytest.raises(Refused, match="not_called"), transaction():
        answer(meeting.id, Choice.COMES, by=_viewer(guest), at=clock.now())
    with pytest.raises(Refused, match="not_called"), transaction():
        answer(uuid.uuid4(), Choice.COMES, by=_viewer(guest), at=clock.now())


def test_the_register_holds_each_change_once_and_no_name(meeting: Meeting, member: Person) -> None:
    make.convocation(meeting, [member])
    for choice in (Choice.COMES, Choice.COMES, Choice.ABSENT):
        with transaction():
            answer(meeting.id, choice, by=_viewer(member), at=clock.now())
    lines = [json.loads(line) for line in db.session.scalars(select(Event.line).order_by(Event.n))]
    assert [(line["type"], line["choice"]) for line in lines] == [("answered", "comes"), ("answered", "absent")]
    assert str(member.id) not in json.dumps(lines)


def test_two_presses_at_once_make_one_answer(app: Flask, meeting: Meeting, member: Person) -> None:
    who, meeting_id = _viewer(member), meeting.id
    errors: list[BaseException] = []

    def press(choice: Choice) -> None:
        with app.app_context():
            try:
                for _ in range(3):
                    with transaction():
                        answer(meeting_id, choice, by=who, at=clock.now())
            except BaseException as error:
                errors.append(error)
            db.session.remove()

    threads = [threading.Thread(target=press, args=(choice,)) for choice in (*Choice, *Choice)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    db.session.rollback()
    assert len(db.session.scalars(select(Answer)).all()) == 1


def _move(meeting: Meeting, **changes: object) -> None:
    meeting_id = meeting.id
    with transaction():
        found = db.session.get(Meeting, meeting_id)
        for name, value in changes.items():
            setattr(found, name, value)
