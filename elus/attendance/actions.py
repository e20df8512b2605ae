"""Declaring one's presence."""

import uuid
from datetime import datetime

from sqlalchemy import select

from elus.attendance.access import is_called, refusal
from elus.attendance.models import Answer, Choice
from elus.attendance.queries import answer_of
from elus.convocations.models import Convocation
from elus.kernel import clock
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer
from elus.meetings.models import Meeting
from elus.register.actions import record


def answer(meeting_id: uuid.UUID, choice: Choice, *, by: Viewer, at: datetime) -> Answer:
    """Set what the viewer declares for a meeting, until it begins; the last answer holds."""
    meeting = _locked(meeting_id)
    if reason := refusal(meeting, at):
        raise Refused(reason, starts_at=meeting.starts_at, cancelled_at=meeting.cancelled_at)
    if not is_called(by.person_id, meeting, clock.local_day(at)):
        raise Refused("not_called")
    found = answer_of(meeting_id, by.person_id)
    if found is not None and found.choice == choice:
        return found
    if found is None:
        found = Answer(meeting_id=meeting_id, person_id=by.person_id)
        db.session.add(found)
    found.choice, found.answered_at = choice, at
    db.session.flush()
    _record(meeting_id, choice, by=by, at=at)
    return found


def _locked(meeting_id: uuid.UUID) -> Meeting:
    """The meeting, locked: two presses of the same person, or a cancellation meanwhile, come one after the other."""
    meeting = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id).with_for_update()).first()
    if meeting is None:
        raise Refused("not_called")
    return meeting


def _record(meeting_id: uuid.UUID, choice: Choice, *, by: Viewer, at: datetime) -> None:
    convocation_id = db.session.scalar(select(Convocation.id).where(Convocation.meeting_id == meeting_id))
    if convocation_id is not None:
        record("answered", convocation_id, at=at, who=by.person_id, choice=choice.value, session=by.session_hash)
