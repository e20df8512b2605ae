"""Publishing: one transaction, everybody once, nothing before its hour."""

import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from elus.convocations import actions, queries
from elus.convocations.models import Convocation, Recipient, Version
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.outbox import Letter, LetterState
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership, Person, Role
from elus.papers.models import Paper
from elus.register.models import Event
from elus.register.queries import first_broken_link
from tests import factories as make
from tests.convocations.cast import Council

PARIS = ZoneInfo("Europe/Paris")


def test_everybody_in_office_is_convened_once_substitutes_included(app: Flask) -> None:
    council = Council()
    paper = council.on_paper()
    make.member(council.organization, council.members[0], role=Role.SUBSTITUTE)
    version = council.publish()
    rows = {row.person_id: row for row in queries.recipients(version.id)}
    people = {council.president.id, council.substitute.id, paper.id, *(who.id for who in council.members)}
    assert set(rows) == people
    assert rows[council.substitute.id].role is Role.SUBSTITUTE
    assert rows[paper.id].channel is Channel.PAPER_HOME
    assert rows[paper.id].letter_id is None
    assert rows[paper.id].address == paper.address
    assert sum(row.letter_id is not None for row in rows.values()) == 5


def test_nothing_leaves_or_shows_for_a_minute(app: Flask) -> None:
    council = Council()
    version = council.publish()
    meeting = db.session.get_one(Meeting, council.meeting_id)
    assert version.leaves_at == council.at + timedelta(seconds=60)
    assert meeting.published_at == meeting.announced_at == version.leaves_at
    assert {letter.state for letter in db.session.scalars(select(Letter))} == {LetterState.HELD}
    assert queries.status(council.meeting_id, council.president.id, at=council.at) is None


def test_the_version_names_author_papers_recipients_and_what_the_law_says(app: Flask) -> None:
    version = Council().publish()
    manifest = version.manifest
    assert (version.author_name, version.author_quality) == ("Camille " + version.author_name[8:], "Présidente")
    assert next(point["title"] for point in manifest["agenda"]) == "Note 1"
    assert len(manifest["agenda"][0]["papers"][0]["sha256"]) == 64
    assert {len(who["who"]) for who in manifest["recipients"]} == {64}
    assert version.forecast["regime"] == "FRANC_5"
    assert version.forecast["ok"] is True
    assert version.forecast["clear"] == 13


def test_the_register_tells_the_act_and_each_letter_without_a_name(app: Flask) -> None:
    council = Council()
    version = council.publish()
    events = db.session.scalars(select(Event).order_by(Event.n)).all()
    assert [event.type for event in events] == ["convocation_published"] + ["mail_queued"] * 5
    assert version.fingerprint in events[0].line
    written = "".join(event.line for event in events)
    for secret in (
        council.president.last_name,
        council.president.email,
        council.meeting.title,
        str(council.president.id),
    ):
        assert secret not in written
    assert first_broken_link() is None


def test_pressing_twice_makes_one_version(app: Flask) -> None:
    council = Council()
    order = council.order()
    with transaction():
        actions.publish(council.meeting_id, order, by=council.viewer, at=council.at)
    with pytest.raises(Refused, match="already_published"), transaction():
        actions.publish(council.meeting_id, order, by=council.viewer, at=council.at)
    assert db.session.scalar(select(func.count(Version.id))) == 1


def test_two_agents_pressing_at_the_same_instant_make_one_version(app: Flask) -> None:
    council = Council()
    order, viewer, answers = council.order(), council.viewer, []

    def press() -> None:
        with app.app_context():
            try:
                with transaction():
                    actions.publish(council.meeting_id, order, by=viewer, at=council.at)
                answers.append("published")
            except Refused as refused:
                answers.append(refused.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert sorted(answers) == ["already_published"] * 3 + ["published"]
    assert db.session.scalar(select(func.count(Version.id))) == 1
    assert db.session.scalar(select(func.count(Letter.id))) == 5


def test_a_colleague_who_changed_the_meeting_meanwhile_stops_the_press(app: Flask) -> None:
    council = Council()
    with pytest.raises(Refused, match="changed_meanwhile"):
        council.publish(revision=0)


def test_late_is_never_refused_but_always_explained(app: Flask) -> None:
    council = Council(days=3)
    with pytest.raises(Refused, match="reason_required"):
        council.publish()
    version = council.publish(reason="Dossier complété tardivement.")
    assert version.forecast["ok"] is False
    assert (version.urgency, version.late_reason) == (None, "Dossier complété tardivement.")


def test_urgency_shortens_the_delay_to_one_clear_day_and_keeps_its_reason(app: Flask) -> None:
    version = Council(days=3).publish(urgent=True, reason="Rupture d’une canalisation.")
    assert (version.forecast["ok"], version.forecast["urgent"]) == (True, True)
    assert (version.urgency, version.late_reason) == ("Rupture d’une canalisation.", None)


def test_on_the_eve_the_gravest_warning_is_frozen_with_the_reason(app: Flask) -> None:
    version = Council(days=1).publish(urgent=True, reason="Péril.")
    assert version.forecast["strongest"] is True
    assert (version.urgency, version.late_reason) == ("Péril.", "Péril.")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"titles": (), "papers": 0}, "agenda_empty"), ({"days": -1}, "past")],
)
def test_what_is_impossible_is_refused(app: Flask, change: dict[str, object], code: str) -> None:
    council = Council(**change)  # type: ignore[arg-type]
    with pytest.raises(Refused, match=code):
        council.publish(reason="Motif.")


def test_a_real_installation_without_mail_server_cannot_publish(app: Flask) -> None:
    council = Council()
    app.extensions["elus.settings"] = replace(app.extensions["elus.settings"], demonstration=False, smtp_url=None)
    with pytest.raises(Refused, match="mail_off"):
        council.publish()


def test_an_author_no_longer_in_office_is_refused(app: Flask) -> None:
    with pytest.raises(Refused, match="author_gone"):
        Council().publish(author_id=uuid.uuid4())


def test_somebody_else_may_convene_and_the_version_says_how(app: Flask) -> None:
    council = Council()
    deputy = db.session.scalars(select(Membership).where(Membership.person_id == council.members[0].id)).one()
    name, id = council.members[0].name, deputy.id
    version = council.publish(author_id=id, replacement="en remplacement de la présidente")
    assert version.author_name == name
    assert version.author_quality == "en remplacement de la présidente"


def test_close_to_the_last_midnight_nothing_waits(app: Flask) -> None:
    council = Council(days=6)
    day = council.at.astimezone(PARIS).date()
    late = datetime(day.year, day.month, day.day, 23, 57, tzinfo=PARIS).astimezone(UTC)
    version = council.publish(at=late)
    assert version.leaves_at == late
    assert version.forecast["ok"] is True


def test_papers_that_are_not_ready_do_not_leave(app: Flask) -> None:
    council = Council(papers=2)
    with transaction():
        for paper in db.session.scalars(select(Paper).where(Paper.title == "Note 2")):
            paper.ready_at = None
    version = council.publish()
    assert [len(point["papers"]) for point in version.manifest["agenda"][:2]] == [1, 0]


def test_six_hundred_people_cost_as_many_statements_as_sixty(app: Flask, queries, capsys) -> None:  # type: ignore[no-untyped-def]
    def cost(number: int) -> tuple[int, float]:
        council = Council(0)
        term = make.term_of(council.organization).id
        organization_id = council.organization.id
        people = [
            Person(civility="M.", first_name="Jean", last_name=f"N{n}", email=f"n{number}-{n}@exemple.invalid")
            for n in range(number)
        ]
        with transaction():
            db.session.add_all(people)
            db.session.flush()
            db.session.add_all(
                Membership(
                    person_id=who.id,
                    organization_id=organization_id,
                    term_id=term,
                    role=Role.FULL,
                    starts_on=make.BEGAN,
                    channel=Channel.ELECTRONIC,
                )
                for who in people
            )
        order, viewer = council.order(), council.viewer
        began = time.monotonic()
        with queries() as counted, transaction():
            actions.publish(council.meeting_id, order, by=viewer, at=council.at)
        return int(counted.count), time.monotonic() - began

    small, _ = cost(60)
    large, seconds = cost(600)
    with capsys.disabled():
        print(f"\npublishing to 600 people: {seconds:.2f} s, {large} statements")
    assert small == large
    assert seconds < 3
    assert db.session.scalar(select(func.count(Recipient.id))) == 664
    assert db.session.scalar(select(func.count(Convocation.id))) == 2
