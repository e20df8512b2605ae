"""Where a meeting stands in its life, in one word."""

import enum
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from elus.meetings.models import Meeting
from elus.organizations.models import Body, Organization

LASTS = timedelta(hours=4)
"""How long a sitting without a known end is held to last."""


class State(enum.StrEnum):
    """From the draft to the past; « modifiée » comes on top, from the versions of the convocation."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    PUBLISHED = "published"
    PAST = "past"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Sitting:
    """A meeting as plain values, for the page read most: no object of the database to build."""

    id: uuid.UUID
    title: str
    starts_at: datetime
    day: date
    ends_at: datetime | None
    place: str
    reconvenes_id: uuid.UUID | None
    installation: bool
    announced_at: datetime | None
    published_at: datetime | None
    cancelled_at: datetime | None
    regime_type: str
    own_rules: str | None
    body_name: str


SITTING = (
    Meeting.id,
    Meeting.title,
    Meeting.starts_at,
    Meeting.day,
    Meeting.ends_at,
    Meeting.place,
    Meeting.reconvenes_id,
    Meeting.installation,
    Meeting.announced_at,
    Meeting.published_at,
    Meeting.cancelled_at,
    Organization.regime_type,
    Organization.own_rules,
    Body.name,
)
"""The columns of a Sitting, in its order."""


def ends_at(meeting: Meeting | Sitting) -> datetime:
    """When the sitting ends, or is held to end."""
    return meeting.ends_at or meeting.starts_at + LASTS


def state_of(meeting: Meeting | Sitting, at: datetime) -> State:
    """The state of a meeting at an instant."""
    if meeting.cancelled_at is not None:
        return State.CANCELLED
    if meeting.published_at is not None and meeting.published_at <= at:
        return State.PAST if ends_at(meeting) <= at else State.PUBLISHED
    if meeting.announced_at is not None and meeting.announced_at <= at:
        return State.PAST if ends_at(meeting) <= at else State.ANNOUNCED
    return State.DRAFT
