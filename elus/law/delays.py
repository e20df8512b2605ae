"""Counting the days between sending and sitting.

Saturdays, Sundays and holidays count and never move a term (CE 13 Oct. 1993, n° 141677); sending counts, not reception
(CE 5 Feb. 1954, Peslier); days are those of the clock on the wall of the place, never hours.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from elus.law.regimes import REGIMES, Count, Delay, Regime

MARGIN = timedelta(days=2)


@dataclass(frozen=True)
class Verdict:
    """What the law says of sending on a day for a sitting on another."""

    regime: Regime
    sent: date
    sits: date
    urgent: bool  # urgency was invoked and a text lets it shorten the delay
    ok: bool
    latest: date | None  # last lawful day to send; None when no text sets one
    planned: date | None  # last day without any dispute: « n jours au moins » read as clear days
    recommended: date | None  # two days earlier
    required: int
    clear: int  # whole days between, neither end counted
    days: tuple[date, ...]  # the days that count, in order
    strongest: bool  # under one clear day, or urgency on a reconvened sitting: the gravest warning

    @property
    def missing(self) -> int:
        """How many days the sending lacks."""
        return 0 if self.ok else max(0, self.required - len(self.days))


def clear_days(sent: date, sits: date) -> int:
    """Whole days strictly between sending and sitting (« jours francs »)."""
    return max(0, (sits - sent).days - 1)


def delay_of(regime: Regime, *, urgent: bool = False) -> Delay:
    """The delay to respect: urgency shortens it where a text says so, never below one clear day (CGCT L2121-11, -12)."""
    return regime.urgent if urgent and regime.urgent else regime.delay


def verdict(regime: Regime, *, sent: date, sits: date, urgent: bool = False) -> Verdict:
    """Whether a sending day is lawful, and why (CGCT L2121-11, L2121-12, L2121-17)."""
    delay = delay_of(regime, urgent=urgent)
    latest, planned, clear = delay.latest(sits), delay.planned(sits), clear_days(sent, sits)
    counts = delay.count in (Count.FRANC, Count.DAYS)
    return Verdict(
        regime=regime,
        sent=sent,
        sits=sits,
        urgent=urgent and regime.urgent is not None,
        ok=latest is None or sent <= latest,
        latest=latest,
        planned=planned,
        recommended=planned - MARGIN if planned else None,
        required=delay.needed,
        clear=clear,
        days=delay.counted(sent, sits),
        strongest=(counts and clear < 1) or (urgent and regime.reconvened),
    )


def budget_verdict(*, sent: date, sits: date) -> Verdict:
    """The second deadline of a sitting on the draft budget: its papers, twelve days before (CGCT L1612-26, L5217-10-4)."""
    return verdict(REGIMES["BUDGET_DAYS_12"], sent=sent, sits=sits)


def verdict_at(regime: Regime, *, sent_at: datetime, meeting_at: datetime, zone: str, urgent: bool = False) -> Verdict:
    """The verdict on two instants, taken to the civil days of the place."""
    place = ZoneInfo(zone)
    sent, sits = sent_at.astimezone(place).date(), meeting_at.astimezone(place).date()
    return verdict(regime, sent=sent, sits=sits, urgent=urgent)


def ok_at(regime: Regime, *, sent_at: datetime, meeting_at: datetime, zone: str, urgent: bool = False) -> bool:
    """Whether an instant of sending is lawful; a copy only has to leave before the sitting (CGCT L5211-40-2)."""
    if regime.delay.count is Count.BEFORE:
        return sent_at < meeting_at
    return verdict_at(regime, sent_at=sent_at, meeting_at=meeting_at, zone=zone, urgent=urgent).ok
