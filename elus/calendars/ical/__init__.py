"""iCalendar files of meetings (RFC 5545, 5546, 7986): same facts, same bytes.

Pure: knows neither the web nor the database nor the time.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from elus.calendars.ical.zones import LEGAL, VTIMEZONES, known

PRODID = "-//Elus//Portail Elus//FR"
REFRESH = timedelta(hours=1)
COLOR = "darkgreen"
REMINDER = timedelta(days=-1)

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_GENERATOR = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))) + icalendar.__version__.encode()
).hexdigest()


class Status(StrEnum):
    """STATUS of an event (RFC 5545 §3.8.1.11)."""

    TENTATIVE = "TENTATIVE"  # announced, not convened yet
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class MeetingFacts:
    """All that a calendar tells of a meeting: what the convocation may show, and nothing of its items."""

    uid: str
    summary: str
    place: str
    url: str
    notes: tuple[str, ...]  # lines of the description, after the link
    category: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    status: Status
    public: bool
    sequence: int
    created_at: datetime
    changed_at: datetime
    organizer_name: str
    organizer_email: str


@dataclass(frozen=True)
class Heading:
    """The name and purpose of a subscribed calendar."""

    name: str
    description: str
    zone: str = LEGAL


def fingerprint(heading: Heading, meetings: tuple[MeetingFacts, ...]) -> str:
    """Stands for the bytes of the feed without making them: they depend on these facts and this code alone."""
    return hashlib.sha256(repr((_GENERATOR, heading, meetings)).encode("utf-8", "backslashreplace")).hexdigest()


def feed(heading: Heading, meetings: tuple[MeetingFacts, ...]) -> bytes:
    """A subscribed calendar (METHOD:PUBLISH, RFC 5546 §3.2.1); no reminder, no attendee, no address of its own."""
    calendar = _calendar()
    name, description = _plain(heading.name), _plain(heading.description)
    calendar.add("NAME", vText(name))
    calendar.add("X-WR-CALNAME", vText(name))
    calendar.add("DESCRIPTION", vText(description))
    calendar.add("X-WR-CALDESC", vText(description))
    calendar.add("X-WR-TIMEZONE", vText(known(heading.zone)))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vText("PT1H"))
    calendar.add("COLOR", vText(COLOR))
    for meeting in meetings:
        calendar.add_component(_event(meeting))
    return _bytes(calendar, known(heading.zone), *(known(meeting.zone) for meeting in meetings))


def single(meeting: MeetingFacts) -> bytes:
    """One meeting to put in a calendar by hand, with a reminder on the eve; the same event as in the feed."""
    calendar = _calendar()
    event = _event(meeting)
    if meeting.status is not Status.CANCELLED:
        event.add_component(_reminder(meeting))
    calendar.add_component(event)
    return _bytes(calendar, known(meeting.zone))


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODID)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    return calendar


def _bytes(calendar: Calendar, *zones: str) -> bytes:
    """The file with its zones before the events, to the letter: the library would reorder their rules."""
    text = bytes(calendar.to_ical(sorted=False))
    start = text.find(b"\r\nBEGIN:VEVENT\r\n")
    at = (start if start >= 0 else text.rindex(b"\r\nEND:VCALENDAR\r\n")) + 2
    blocks = "".join(VTIMEZONES[name] for name in dict.fromkeys(zones)).encode()
    return text[:at] + blocks + text[at:]


def _event(meeting: MeetingFacts) -> Event:
    zone = ZoneInfo(known(meeting.zone))
    cancelled = meeting.status is Status.CANCELLED
    summary = _line(meeting.summary)
    event = Event()
    event.add("UID", _line(meeting.uid))
    event.add("DTSTAMP", meeting.changed_at)
    event.add("CREATED", meeting.created_at)
    event.add("LAST-MODIFIED", meeting.changed_at)
    event.add("SEQUENCE", meeting.sequence)
    event.add("DTSTART", meeting.starts_at.astimezone(zone))
    event.add("DTEND", meeting.ends_at.astimezone(zone))
    event.add("SUMMARY", f"ANNULÉ – {summary}" if cancelled else summary)
    event.add("DESCRIPTION", "\n".join(_line(line) for line in (meeting.url, *meeting.notes)))
    event.add("LOCATION", _line(meeting.place))
    event.add("URL", _line(meeting.url))
    event.add("STATUS", meeting.status.value)
    event.add("CLASS", "PUBLIC" if meeting.public else "PRIVATE")
    event.add("TRANSP", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("CATEGORIES", [_line(meeting.category)])
    event.add("ORGANIZER", _organizer(meeting))
    return event


def _organizer(meeting: MeetingFacts) -> vCalAddress:
    """An address without the quotes that RFC 6868 would turn into signs some readers show raw."""
    organizer = vCalAddress(f"mailto:{_line(meeting.organizer_email)}")
    organizer.params["CN"] = _line(meeting.organizer_name.replace('"', ""))
    return organizer


def _reminder(meeting: MeetingFacts) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", REMINDER)
    alarm.add("DESCRIPTION", _line(meeting.summary))
    return alarm


def _line(text: str) -> str:
    """One line without control characters: a single one makes several readers refuse the whole calendar."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _plain(text: str) -> str:
    """A line without the signs whose escaping readers disagree on in X- properties."""
    return " ".join(re.sub(r"[,;\\]", " ", _line(text)).split())
