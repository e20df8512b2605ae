"""Replaying a table of cases: each row says a sending, a sitting, and what the law answers."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from elus.law.delays import ok_at, verdict_at
from elus.law.regimes import REGIMES, Regime

COLUMNS = ("regime", "sent_at", "meeting_at", "urgent", "expected_ok", "latest_lawful_sending_date")
_TRUTH = {"true": True, "1": True, "vrai": True, "oui": True, "false": False, "0": False, "faux": False, "non": False}


class MissingColumns(Exception):
    """The table lacks columns; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


class Unreadable(Exception):
    """One value of a row cannot be read."""

    def __init__(self, column: str, value: str) -> None:
        super().__init__(f"{column}: {value!r}")
        self.column = column
        self.value = value


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    regime: Regime
    sent_at: datetime
    meeting_at: datetime
    urgent: bool
    expected_ok: bool
    expected_latest: date | None


@dataclass(frozen=True)
class Outcome:
    """What became of one row: the answer beside the expected one, or the value that could not be read."""

    line: int
    name: str
    case: Case | None
    ok: bool | None = None
    latest: date | None = None
    unreadable: Unreadable | None = None

    @property
    def right(self) -> bool:
        return self.case is not None and self.ok == self.case.expected_ok and self.latest == self.case.expected_latest


def replay(lines: Iterable[str], zone: str = "Europe/Paris") -> Iterator[Outcome]:
    """The outcome of each row of a CSV table, in order; columns may be separated by commas or semicolons."""
    rows = iter(lines)
    header = next(rows, "").removeprefix("\ufeff")
    separator = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
    if missing := tuple(name for name in COLUMNS if name not in names):
        raise MissingColumns(missing)
    reader = csv.DictReader(rows, fieldnames=names, delimiter=separator)
    for row in reader:
        yield _outcome(row, reader.line_num + 1, zone)


def wrong(lines: Iterable[str], zone: str = "Europe/Paris") -> list[Outcome]:
    """The rows on which the law and the table disagree."""
    return [outcome for outcome in replay(lines, zone) if not outcome.right]


def _outcome(row: Mapping[str, str | None], line: int, zone: str) -> Outcome:
    name = (row.get("case") or "").strip()
    try:
        case = _case(row)
        facts = {"sent_at": case.sent_at, "meeting_at": case.meeting_at}
        ok = ok_at(case.regime, **facts, zone=zone, urgent=case.urgent)
        latest = verdict_at(case.regime, **facts, zone=zone, urgent=case.urgent).latest
    except Unreadable as unreadable:
        return Outcome(line, name, None, unreadable=unreadable)
    except OverflowError:
        return Outcome(line, name, None, unreadable=Unreadable("meeting_at", row["meeting_at"] or ""))
    return Outcome(line, name, case, ok, latest)


def _case(row: Mapping[str, str | None]) -> Case:
    value = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if value["regime"] not in REGIMES:
        raise Unreadable("regime", value["regime"])
    latest = value["latest_lawful_sending_date"]
    return Case(
        regime=REGIMES[value["regime"]],
        sent_at=_instant("sent_at", value["sent_at"]),
        meeting_at=_instant("meeting_at", value["meeting_at"]),
        urgent=_truth("urgent", value["urgent"]),
        expected_ok=_truth("expected_ok", value["expected_ok"]),
        expected_latest=_day("latest_lawful_sending_date", latest) if latest else None,
    )


def _instant(column: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(column, text) from None
    if instant.tzinfo is None:  # without an offset one cannot tell the civil day
        raise Unreadable(column, text)
    return instant


def _day(column: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable(column, text) from None


def _truth(column: str, text: str) -> bool:
    if text.casefold() not in _TRUTH:
        raise Unreadable(column, text)
    return _TRUTH[text.casefold()]
