"""Where a meeting stands in its life, in one word."""

import enum
from datetime import datetime, timedelta

from elus.meetings.models import Meeting

LASTS = timedelta(hours=4)
"""How long a sitting without a known end is held to last."""


class State(enum.StrEnum):
    """From the draft to the past; « modifiée » comes on top, from the versions of the convocation."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    PUBLISHED = "published"
    PAST = "past"
    CANCELLED = "cancelled"


def ends_at(meeting: Meeting) -> datetime:
    """When the sitting ends, or is held to end."""
    return meeting.ends_at or meeting.starts_at + LASTS


def state_of(meeting: Meeting, at: datetime) -> State:
    """The state of a meeting at an instant."""
    if meeting.cancelled_at is not None:
        return State.CANCELLED
    if meeting.published_at is not None and meeting.published_at <= at:
        return State.PAST if ends_at(meeting) <= at else State.PUBLISHED
    if meeting.announced_at is not None and meeting.announced_at <= at:
        return State.PAST if ends_at(meeting) <= at else State.ANNOUNCED
    return State.DRAFT
