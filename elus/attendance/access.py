"""Who answers, and until when."""

import uuid
from datetime import date, datetime

from sqlalchemy import select

from elus.kernel.db import db
from elus.meetings.access import READERS
from elus.meetings.models import Meeting
from elus.meetings.state import Sitting
from elus.organizations.models import Membership


def refusal(meeting: Meeting | Sitting, at: datetime) -> str | None:
    """Why an answer is not taken, or no longer; None when it is."""
    if meeting.cancelled_at is not None:
        return "meeting_cancelled"
    if meeting.published_at is None or meeting.published_at > at:
        return "not_published"
    if meeting.starts_at <= at:
        return "meeting_started"
    return None


def is_called(person_id: uuid.UUID, meeting: Meeting, on: date) -> bool:
    """Whether the person sits there that day, as a member or a substitute."""
    seat = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organization_id == meeting.organization_id,
        Membership.term_id == meeting.term_id,
        Membership.role.in_(READERS),
        Membership.in_force(on),
    )
    return db.session.scalar(seat.limit(1)) is not None
