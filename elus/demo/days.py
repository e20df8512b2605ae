"""Plausible days for sittings: working days, away from holidays."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
RENEWAL = date(2026, 3, 23)  # the day after the second round of the general renewal
BEFORE = date(2020, 5, 25)
NAMESPACE = uuid.UUID("5f0f9a54-6d1f-5b7e-9d0a-200041333000")
_FIXED = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}


def ident(*parts: object) -> uuid.UUID:
    """The identifier of a row of the demonstration: the same in every demonstration."""
    return uuid.uuid5(NAMESPACE, "/".join(map(str, parts)))


def easter(year: int) -> date:
    """Easter Sunday (Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    shift = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * shift) // 451
    month, day = divmod(h + shift - 7 * m + 114, 31)
    return date(year, month, day + 1)


def plausible(day: date) -> bool:
    """Whether a council may sit that day: no weekend, no public holiday, no end of year, no first half of August."""
    moving = {easter(day.year) + timedelta(days=days) for days in (1, 39, 50)}
    off = (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 3) or (day.month == 8 and day.day < 24)
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED and day not in moving and not off


def on_or_after(day: date, weekday: int | None = None) -> date:
    """The first plausible day from a day on, on a weekday when one is given (0 is Monday)."""
    while not plausible(day) or (weekday is not None and day.weekday() != weekday):
        day += timedelta(days=1)
    return day


def instant(day: date, hour: str) -> datetime:
    """A local hour (« 18:30 ») of a day, as an instant."""
    return datetime.combine(day, time.fromisoformat(hour), ZONE).astimezone(UTC)
