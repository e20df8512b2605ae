"""Bringing the sittings to come back to their distance from today; what was published never moves."""

from dataclasses import dataclass
from datetime import date, datetime

from elus.demo import coming
from elus.demo.days import ident, instant
from elus.kernel import clock
from elus.kernel.db import db
from elus.meetings.models import Meeting
from elus.organizations.models import Organization


@dataclass(frozen=True)
class Moved:
    """What became of one sitting to come."""

    title: str
    day: date
    moved: bool
    published: bool


def refresh(at: datetime) -> list[Moved]:
    """Move the three sittings, unless published or cancelled; the caller holds the transaction."""
    days = coming.days(clock.local_day(at))
    return [_move(key, day, at) for key, day in days.items()]


def _move(key: str, day: date, at: datetime) -> Moved:
    meeting = db.session.get_one(Meeting, ident("meeting", key), with_for_update=True)
    published = bool(meeting.published_at or meeting.cancelled_at)
    if published or meeting.day == day:
        return Moved(meeting.title, meeting.day, moved=False, published=published)
    hour = db.session.get_one(Organization, meeting.organization_id).usual_hour
    meeting.day, meeting.starts_at = day, instant(day, hour)
    meeting.changed_at = at
    meeting.revision += 1
    if meeting.announced_at:
        meeting.sequence += 1  # calendars that hold it must follow (RFC 5545 §3.8.7.4)
    return Moved(meeting.title, day, moved=True, published=False)
