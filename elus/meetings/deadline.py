"""Until when a convocation may lawfully leave, and how much time is left."""

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from elus.kernel import clock
from elus.law import delays, regimes
from elus.law.regimes import Regime
from elus.meetings.models import Meeting


class Pressure(enum.StrEnum):
    """How near the end is."""

    FREE = "free"  # no text sets a delay
    COMFORTABLE = "comfortable"
    SOON = "soon"  # under 48 hours
    LAST_DAY = "last_day"
    PASSED = "passed"


@dataclass(frozen=True)
class Deadline:
    """The last lawful day to send, and the distance to its last minute."""

    regime: Regime
    latest: date | None
    pressure: Pressure
    days: int = 0
    hours: int = 0
    minutes: int = 0

    @property
    def order(self) -> date:
        """What comes first in a list; without a delay, last."""
        return self.latest or date.max


def deadline(meeting: Meeting, *, icpe: bool, at: datetime) -> Deadline:
    """The deadline of a draft (CGCT L2121-11, -12, L5211-1…); its organization and body are loaded."""
    organization, zone = meeting.organization, meeting.organization.body.zone
    regime = regimes.for_meeting(
        organization.regime_type,
        icpe=icpe,
        reconvenes=meeting.reconvenes_id is not None,
        installation=meeting.installation,
        own_rules=organization.own_rules,
    )
    latest = delays.verdict(regime, sent=clock.local_day(at, zone), sits=meeting.day).latest
    if latest is None:
        return Deadline(regime, None, Pressure.FREE)
    closes = datetime.combine(latest + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    left = closes - at
    if left <= timedelta(0):
        return Deadline(regime, latest, Pressure.PASSED)
    pressure = Pressure.COMFORTABLE
    if latest == clock.local_day(at, zone):
        pressure = Pressure.LAST_DAY
    elif left < timedelta(hours=48):
        pressure = Pressure.SOON
    hours, seconds = divmod(left.seconds, 3600)
    return Deadline(regime, latest, pressure, left.days, hours, seconds // 60)
