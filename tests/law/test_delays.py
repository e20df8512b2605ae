"""Clear days, urgency, « n jours au moins »: properties of the law, and every row of the vectors."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from elus.law.delays import budget_verdict, clear_days, delay_of, ok_at, verdict
from elus.law.regimes import REGIMES, Count
from elus.law.replay import Outcome, replay

VECTORS = Path(__file__).with_name("delay_vectors.csv")
OUTCOMES = list(replay(VECTORS.read_text(encoding="utf-8").splitlines()))
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

days = some.dates(date(1950, 1, 1), date(2150, 1, 1))
counting = some.sampled_from([regime for regime in REGIMES.values() if regime.delay.count in (Count.FRANC, Count.DAYS)])
franc = some.sampled_from([regime for regime in REGIMES.values() if regime.delay.count is Count.FRANC])
gaps = some.integers(-30, 60).map(timedelta)


def test_the_table_of_vectors_is_whole() -> None:
    assert len(OUTCOMES) == 53


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)
def test_every_vector_is_answered_right(outcome: Outcome) -> None:
    assert outcome.right


@given(sits=days, regime=counting, urgent=some.booleans())
def test_the_latest_day_is_lawful_and_the_next_one_is_not(sits, regime, urgent) -> None:
    latest = verdict(regime, sent=sits, sits=sits, urgent=urgent).latest
    assert verdict(regime, sent=latest, sits=sits, urgent=urgent).ok
    assert not verdict(regime, sent=latest + timedelta(days=1), sits=sits, urgent=urgent).ok


@given(sits=days, regime=franc, urgent=some.booleans(), gap=gaps)
def test_clear_days_are_lawful_when_so_many_whole_days_lie_between(sits, regime, urgent, gap) -> None:
    found = verdict(regime, sent=sits - gap, sits=sits, urgent=urgent)
    assert found.ok == (found.clear >= found.required)
    assert len(found.days) == found.clear == clear_days(sits - gap, sits)
    assert all(sits - gap < day < sits for day in found.days)


@given(sits=days, regime=counting, gap=gaps, earlier=some.integers(0, 30), urgent=some.booleans())
def test_sending_earlier_never_makes_a_lawful_sending_unlawful(sits, regime, gap, earlier, urgent) -> None:
    if verdict(regime, sent=sits - gap, sits=sits, urgent=urgent).ok:
        assert verdict(regime, sent=sits - gap - timedelta(days=earlier), sits=sits, urgent=urgent).ok


@given(sits=days, regime=counting, gap=gaps)
def test_urgency_never_makes_a_delay_longer_nor_a_sending_on_the_eve_of_a_council_lawful(sits, regime, gap) -> None:
    plain, urgent = (verdict(regime, sent=sits - gap, sits=sits, urgent=told) for told in (False, True))
    assert urgent.latest >= plain.latest
    if regime.name in ("FRANC_3", "FRANC_5", "DAYS_12") and urgent.ok:
        assert urgent.clear >= 1


@given(sits=days, regime=counting, gap=gaps)
def test_what_is_missing_and_what_counts_make_the_delay(sits, regime, gap) -> None:
    found = verdict(regime, sent=sits - gap, sits=sits)
    assert found.ok == (found.missing == 0)
    if not found.ok:
        assert len(found.days) + found.missing == found.required


@given(
    sent_at=some.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: EPOCH + timedelta(minutes=minutes)),
    hours=some.integers(-100, 900),
    regime=some.sampled_from(list(REGIMES.values())),
    zone=some.sampled_from(["Europe/Paris", "America/Martinique", "Pacific/Noumea", "Indian/Reunion"]),
)
def test_the_hour_of_the_sending_day_does_not_count(sent_at, hours, regime, zone) -> None:
    if regime.delay.count is Count.BEFORE:
        return
    place = ZoneInfo(zone)
    meeting_at = sent_at + timedelta(hours=hours)
    morning = datetime.combine(sent_at.astimezone(place).date(), datetime.min.time(), place)
    answer = ok_at(regime, sent_at=sent_at, meeting_at=meeting_at, zone=zone)
    assert answer == ok_at(regime, sent_at=morning, meeting_at=meeting_at, zone=zone)


def test_days_at_least_are_judged_by_the_letter_and_planned_a_day_earlier() -> None:
    found = verdict(REGIMES["DAYS_12"], sent=date(2026, 11, 2), sits=date(2026, 11, 14))
    assert found.ok
    assert (found.latest, found.planned) == (date(2026, 11, 2), date(2026, 11, 1))
    assert found.recommended == date(2026, 10, 30)
    assert len(found.days) == found.required == 12
    assert found.days[0] == found.sent


def test_one_is_advised_to_send_two_days_before_the_latest_day() -> None:
    found = verdict(REGIMES["FRANC_5"], sent=date(2026, 11, 3), sits=date(2026, 11, 9))
    assert (found.latest, found.planned, found.recommended) == (date(2026, 11, 3), date(2026, 11, 3), date(2026, 11, 1))
    assert found.days == tuple(date(2026, 11, day) for day in (4, 5, 6, 7, 8))


@pytest.mark.parametrize(("sent", "gravest"), [(6, False), (7, False), (8, True), (9, True), (12, True)])
def test_under_one_clear_day_the_warning_is_the_strongest(sent: int, gravest: bool) -> None:
    found = verdict(REGIMES["FRANC_5"], sent=date(2026, 11, sent), sits=date(2026, 11, 9), urgent=True)
    assert found.strongest is gravest


def test_urgency_on_a_reconvened_sitting_gets_the_strongest_warning_and_shortens_nothing() -> None:
    found = verdict(REGIMES["FRANC_3_RECONVENED"], sent=date(2026, 11, 10), sits=date(2026, 11, 12), urgent=True)
    assert found.strongest
    assert not found.urgent
    assert not found.ok


def test_without_a_delay_in_law_nothing_is_late_and_nothing_is_grave() -> None:
    found = verdict(REGIMES["NONE"], sent=date(2026, 11, 9), sits=date(2026, 11, 9))
    assert found.ok
    assert not found.strongest
    assert found.latest is found.recommended is None


def test_a_copy_leaves_before_the_sitting_to_the_second() -> None:
    opens = datetime(2026, 11, 9, 17, 30, tzinfo=UTC)
    copy = REGIMES["BEFORE_MEETING"]
    assert ok_at(copy, sent_at=opens - timedelta(seconds=1), meeting_at=opens, zone="Europe/Paris")
    assert not ok_at(copy, sent_at=opens, meeting_at=opens, zone="Europe/Paris")


def test_the_budget_papers_have_their_own_deadline_that_urgency_does_not_shorten() -> None:
    found = budget_verdict(sent=date(2026, 3, 21), sits=date(2026, 4, 1))
    assert not found.ok
    assert found.latest == date(2026, 3, 20)
    assert delay_of(REGIMES["BUDGET_DAYS_12"], urgent=True) == delay_of(REGIMES["BUDGET_DAYS_12"])
