"""What a calendar says of a meeting: title, time, place and a link, never its items (the words people read included)."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from elus.calendars.addresses import Portal
from elus.calendars.ical import Heading, MeetingFacts, Status
from elus.meetings.models import Meeting

NAME = "Mes séances"
DESCRIPTION = "Vos réunions. Calendrier personnel."
ORGANIZER = "Service des assemblées"
ANNOUNCED = "Réunion annoncée. La convocation n’est pas encore envoyée."
CANCELLED = "Cette réunion est annulée."
END_UNKNOWN = "L’heure de fin est une estimation."


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting as a calendar knows it at one instant: the moments still to come are absent."""

    id: uuid.UUID
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime | None
    sequence: int
    created_at: datetime
    changed_at: datetime | None
    announced_at: datetime | None
    published_at: datetime | None
    cancelled_at: datetime | None
    organization: str
    minutes: int
    public: bool
    body: str
    zone: str

    @classmethod
    def of(cls, meeting: Meeting, at: datetime) -> "Entry":
        """A meeting already loaded, with its organization and body."""

        def come(moment: datetime | None) -> datetime | None:
            return moment if moment and moment <= at else None

        return cls(
            id=meeting.id,
            title=meeting.title,
            place=meeting.place,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            sequence=meeting.sequence,
            created_at=meeting.created_at,
            changed_at=come(meeting.changed_at),
            announced_at=come(meeting.announced_at),
            published_at=come(meeting.published_at),
            cancelled_at=come(meeting.cancelled_at),
            organization=meeting.organization.name,
            minutes=meeting.organization.default_minutes,
            public=meeting.organization.public_sittings,
            body=meeting.organization.body.name,
            zone=meeting.organization.body.zone,
        )


def facts(meeting: Entry, portal: Portal, link: Callable[[uuid.UUID], str]) -> MeetingFacts:
    """What a calendar may tell of a meeting; never its items."""
    status = _status(meeting)
    return MeetingFacts(
        uid=f"seance-{meeting.id}@{portal.host}",
        summary=meeting.title,
        place=meeting.place,
        url=portal.url + link(meeting.id),
        notes=_notes(meeting, status),
        category=meeting.organization,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at or meeting.starts_at + timedelta(minutes=meeting.minutes),
        zone=meeting.zone,
        status=status,
        public=meeting.public,
        sequence=meeting.sequence,
        created_at=meeting.created_at,
        changed_at=_changed(meeting),
        organizer_name=f"{ORGANIZER} – {meeting.body}",
        organizer_email=portal.mailbox,
    )


def heading(meetings: Iterable[Entry]) -> Heading:
    """How the calendar is named: after the authority when there is only one."""
    bodies = {(meeting.body, meeting.zone) for meeting in meetings}
    names, zones = {name for name, _ in bodies}, {zone for _, zone in bodies}
    name = f"{NAME} – {names.pop()}" if len(names) == 1 else NAME
    return Heading(name, DESCRIPTION, zones.pop()) if len(zones) == 1 else Heading(name, DESCRIPTION)


def _status(meeting: Entry) -> Status:
    if meeting.cancelled_at:
        return Status.CANCELLED
    return Status.CONFIRMED if meeting.published_at else Status.TENTATIVE


def _notes(meeting: Entry, status: Status) -> tuple[str, ...]:
    lines = [f"{meeting.organization} – {meeting.body}"]
    if status is Status.CANCELLED:
        lines.append(CANCELLED)
    if status is Status.TENTATIVE:
        lines.append(ANNOUNCED)
    if meeting.ends_at is None:
        lines.append(END_UNKNOWN)
    return tuple(lines)


def _changed(meeting: Entry) -> datetime:
    """The newest change seen by members: also the instant at which what was planned began to show."""
    moments = (meeting.changed_at, meeting.announced_at, meeting.published_at, meeting.cancelled_at)
    return max((moment for moment in moments if moment), default=meeting.created_at)
