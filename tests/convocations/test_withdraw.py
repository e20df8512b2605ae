"""« Annuler l’envoi »: within the minute everything comes back, afterwards nothing does."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from elus.convocations import actions, queries
from elus.convocations.models import Version
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.outbox import Letter, LetterState
from elus.meetings.models import Meeting
from elus.register.models import Event
from tests.convocations.cast import LATER, Council, run


def test_in_time_the_meeting_is_a_draft_again_and_no_letter_ever_leaves(app: Flask) -> None:
    council = Council()
    council.publish()
    with transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at + timedelta(seconds=59))
    run(council.at + LATER)
    meeting = db.session.get_one(Meeting, council.meeting_id)
    assert (meeting.published_at, meeting.announced_at, meeting.sequence) == (None, None, 0)
    assert {letter.state for letter in db.session.scalars(select(Letter))} == {LetterState.WITHDRAWN}
    assert db.session.scalars(select(Event.type).order_by(Event.n.desc())).first() == "withdrawn"
    assert queries.versions(council.meeting_id) == []


def test_an_announced_meeting_stays_announced(app: Flask) -> None:
    council = Council()
    with transaction():
        db.session.get_one(Meeting, council.meeting_id).announced_at = council.at - timedelta(days=3)
    council.publish()
    with transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at)
    assert db.session.get_one(Meeting, council.meeting_id).announced_at == council.at - timedelta(days=3)


def test_after_the_minute_it_has_left(app: Flask) -> None:
    council = Council()
    council.publish()
    with pytest.raises(Refused, match="left"), transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at + timedelta(seconds=60))


def test_pressed_in_time_but_served_after_the_worker_it_has_left(app: Flask) -> None:
    council = Council()
    council.publish()
    run(council.at + LATER)
    before = {letter.id: letter.state for letter in db.session.scalars(select(Letter))}
    db.session.rollback()
    with pytest.raises(Refused, match="left"), transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at + timedelta(seconds=59))
    assert {letter.id: letter.state for letter in db.session.scalars(select(Letter))} == before
    assert db.session.scalars(select(Version)).one().withdrawn_at is None


def test_nothing_published_has_nothing_to_withdraw(app: Flask) -> None:
    council = Council()
    with pytest.raises(Refused, match="nothing_to_withdraw"), transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at)


def test_published_again_it_is_version_two_of_the_same_convocation(app: Flask) -> None:
    council = Council()
    council.publish()
    with transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at)
    second = council.publish(at=council.at + timedelta(minutes=5))
    assert second.number == 2
    assert len(set(db.session.scalars(select(Version.convocation_id)))) == 1
