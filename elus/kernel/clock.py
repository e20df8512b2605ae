"""The only now(): views, tasks and commands read it here and pass it down."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LEGAL_ZONE = "Europe/Paris"


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def local_day(at: datetime, zone: str = LEGAL_ZONE) -> date:
    """The civil day of an instant in a body's time zone; the law counts in these."""
    return at.astimezone(ZoneInfo(zone)).date()
