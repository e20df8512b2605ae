"""When a convocation leaves, and when its last letter will have left (pure)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WITHDRAWAL = timedelta(seconds=60)
"""How long one may still press « Annuler l’envoi »."""

CLOSE = timedelta(minutes=5)
"""So near to the last midnight, nothing waits."""

USUAL_RATE = 5.0  # letters a second, as long as this mail server was never measured
USUAL_FLOW = 1_000_000  # bytes a second
BASE64 = 4 / 3


def end_of(day: date, zone: str) -> datetime:
    """The instant a civil day ends in a place."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def leaves_at(at: datetime, *, latest: date | None, zone: str) -> datetime:
    """A minute later, so that one may change one's mind; at once close to midnight of the last lawful day."""
    if latest == at.astimezone(ZoneInfo(zone)).date() and at + WITHDRAWAL + CLOSE > end_of(latest, zone):
        return at
    return at + WITHDRAWAL


def last_letter_at(leaves: datetime, *, letters: int, octets: int, rate: float | None) -> datetime:
    """When the last of so many letters of so many bytes will have left, at the last measured rate."""
    by_count = letters / (rate or USUAL_RATE)
    by_bytes = letters * octets * BASE64 / USUAL_FLOW
    return leaves + timedelta(seconds=round(max(by_count, by_bytes)))
