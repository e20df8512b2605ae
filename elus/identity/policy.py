"""How long one stays in, and how often one may fail: every limit of the doors in one place. Pure.

Answers the tablet left open on a table, the office computer shared in the evening, the spray of passwords, and the lock-out of the mayor.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Standing(StrEnum):
    """What somebody is here, as far as doors are concerned; the strongest when several."""

    MEMBER = "member"
    SECRETARIAT = "secretariat"
    ADMINISTRATOR = "administrator"

    @classmethod
    def of(cls, *, administrator: bool, secretary: bool) -> "Standing":
        """The standing of somebody who may be several things at once."""
        if administrator:
            return cls.ADMINISTRATOR
        return cls.SECRETARIAT if secretary else cls.MEMBER

    @property
    def staff(self) -> bool:
        """Whether the person works for the authority here."""
        return self is not Standing.MEMBER


@dataclass(frozen=True)
class Span:
    """How long a session lasts at most, and how long it may be left alone."""

    whole: timedelta
    idle: timedelta


SPANS = {
    Standing.MEMBER: Span(timedelta(hours=12), timedelta(hours=4)),  # longer than a sitting
    Standing.SECRETARIAT: Span(timedelta(hours=10), timedelta(hours=2)),
    Standing.ADMINISTRATOR: Span(timedelta(hours=8), timedelta(minutes=30)),
}
STAYING = Span(timedelta(days=30), timedelta(days=30))  # « rester connecté sur cette tablette »: members only
PENDING = timedelta(minutes=10)  # between the password and the code


def span(standing: Standing, long_lived: bool) -> Span:
    """The limits of a session; staff never stay for thirty days, whatever they asked (decision 9)."""
    return STAYING if long_lived and not standing.staff else SPANS[standing]


def is_over(standing: Standing, long_lived: bool, *, opened_at: datetime, seen_at: datetime, at: datetime) -> bool:
    """Whether a session has lasted, or was left alone, longer than the standing its person has now allows."""
    limits = span(standing, long_lived)
    return at - opened_at >= limits.whole or at - seen_at >= limits.idle


FREE = 5  # tries before one has to wait
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15)]
FORGOTTEN_AFTER = timedelta(hours=24)


def delay_after(tries: int) -> timedelta:
    """How long one waits after that many tries: it grows from the fifth and stays at a quarter of an hour, never a lock."""
    if tries < FREE:
        return timedelta()
    return DELAYS[min(tries - FREE, len(DELAYS) - 1)]


@dataclass(frozen=True)
class Window:
    """So many failures in so long a time, whoever they are about, and how long the door then stays closed."""

    most: int
    lasts: timedelta
    closes: timedelta = timedelta()


NETWORK = Window(500, timedelta(minutes=15), closes=timedelta(minutes=5))
"""Failures behind one address before strangers wait there: 600 people sit behind the same one, and one in ten mistypes (decision 11)."""
STORM = Window(200, timedelta(minutes=10))
"""Failures everywhere that ring the alarm."""
STORM_TOLD_EVERY = timedelta(hours=1)
FLOOD = "3000 per 5 minutes"
"""Posts of strangers behind one address, whatever their outcome: spares the processor, and counts in memory or in Redis."""
