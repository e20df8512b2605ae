"""What a calendar says of a meeting: title, time, place and a link, never its items (the words people read included)."""

import uuid
from collections.abc import Callable, Iterable
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


def facts(meeting: Meeting, portal: Portal, link: Callable[[uuid.UUID], str], at: datetime) -> MeetingFacts:
    """What a calendar may tell of a meeting at an instant; never its items."""
    organization = meeting.organization
    status = _status(meeting, at)
    return MeetingFacts(
        uid=f"seance-{meeting.id}@{portal.host}",
        summary=meeting.title,
        place=meeting.place,
        url=portal.url + link(meeting.id),
        notes=_notes(meeting, status),
        category=organization.name,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at or meeting.starts_at + timedelta(minutes=organization.default_minutes),
        zone=organization.body.zone,
        status=status,
        public=organization.public_sittings,
        sequence=meeting.sequence,
        created_at=meeting.created_at,
        changed_at=_changed(meeting, at),
        organizer_name=f"{ORGANIZER} – {organization.body.name}",
        organizer_email=portal.mailbox,
    )


def heading(meetings: Iterable[Meeting]) -> Heading:
    """How the calendar is named: after the authority when there is only one."""
    bodies = {meeting.organization.body for meeting in meetings}
    names, zones = {body.name for body in bodies}, {body.zone for body in bodies}
    name = f"{NAME} – {names.pop()}" if len(names) == 1 else NAME
    return Heading(name, DESCRIPTION, zones.pop()) if len(zones) == 1 else Heading(name, DESCRIPTION)


def _status(meeting: Meeting, at: datetime) -> Status:
    if meeting.cancelled_at and meeting.cancelled_at <= at:
        return Status.CANCELLED
    return Status.CONFIRMED if meeting.published_at and meeting.published_at <= at else Status.TENTATIVE


def _notes(meeting: Meeting, status: Status) -> tuple[str, ...]:
    lines = [f"{meeting.organization.name} – {meeting.organization.body.name}"]
    if status is Status.CANCELLED:
        lines.append(CANCELLED)
    if status is Status.TENTATIVE:
        lines.append(ANNOUNCED)
    if meeting.ends_at is None:
        lines.append(END_UNKNOWN)
    return tuple(lines)


def _changed(meeting: Meeting, at: datetime) -> datetime:
    """The newest change seen by members: also the instant at which what was planned began to show."""
    moments = (meeting.changed_at, meeting.announced_at, meeting.published_at, meeting.cancelled_at)
    return max((moment for moment in moments if moment and moment <= at), default=meeting.created_at)
