"""What would void a deliberation or leave somebody out, found before publishing (pure)."""

import enum
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from elus.convocations.agenda import Agenda, Piece, Point
from elus.law.delays import Verdict
from elus.organizations.models import Channel, Role
from elus.papers.models import FileState

LONG_TITLE = 120


class Level(enum.StrEnum):
    """How grave a finding is."""

    BLOCKING = "blocking"
    VERIFY = "verify"
    FINE = "fine"


@dataclass(frozen=True)
class Addressee:
    """One person to convene."""

    name: str
    role: Role
    channel: Channel
    address: str | None
    has_account: bool

    @property
    def electronic(self) -> bool:
        return self.channel is Channel.ELECTRONIC and self.address is not None


@dataclass(frozen=True)
class Facts:
    """Everything the check looks at."""

    at: datetime
    starts_at: datetime
    place: str
    verdict: Verdict
    closes_at: datetime | None  # last instant of the last lawful day
    agenda: Agenda
    addressees: tuple[Addressee, ...]
    author: str | None  # who convenes, as the posts tell
    notes_for: frozenset[int]  # numbers of the points that must come with a note
    budget: Verdict | None = None
    cancelled: bool = False
    can_send: bool = True
    ends_sending_at: datetime | None = None
    midnight: datetime | None = None  # end of the civil day on which letters would leave


@dataclass(frozen=True)
class Finding:
    """One line of the check: a code, how grave, and the facts its sentence needs."""

    code: str
    level: Level
    facts: dict[str, Any] = field(default_factory=dict)


def check(facts: Facts) -> list[Finding]:
    """Every finding, gravest first; nothing is decided here in place of the mayor or president."""
    found = [
        *_delay(facts),
        *_sitting(facts),
        *_agenda(facts),
        *_papers(facts.agenda),
        *_files(facts.agenda),
        *_people(facts),
        *_sending(facts),
    ]
    order = list(Level)
    return sorted(found, key=lambda finding: order.index(finding.level))


def blocking(findings: Sequence[Finding]) -> list[Finding]:
    """What is arithmetically impossible."""
    return [finding for finding in findings if finding.level is Level.BLOCKING]


def _delay(facts: Facts) -> Iterator[Finding]:
    verdict = facts.verdict
    if verdict.latest is None:
        yield Finding("no_delay", Level.FINE, {"verdict": verdict})
    elif verdict.strongest:
        yield Finding("no_clear_day", Level.VERIFY, {"verdict": verdict})
    elif not verdict.ok:
        yield Finding("late", Level.VERIFY, {"verdict": verdict})
    else:
        yield Finding("in_time", Level.FINE, {"verdict": verdict, "closes_at": facts.closes_at})
    if facts.budget is not None:
        code, level = ("budget_in_time", Level.FINE) if facts.budget.ok else ("budget_late", Level.VERIFY)
        yield Finding(code, level, {"verdict": facts.budget})


def _sitting(facts: Facts) -> Iterator[Finding]:
    if facts.cancelled:
        yield Finding("cancelled", Level.BLOCKING)
    if facts.starts_at <= facts.at:
        yield Finding("past", Level.BLOCKING)
    if not facts.place.strip():
        yield Finding("no_place", Level.VERIFY)
    if facts.author is None:
        yield Finding("no_convener", Level.VERIFY)
    else:
        yield Finding("convener", Level.FINE, {"name": facts.author})


def _agenda(facts: Facts) -> Iterator[Finding]:
    points = facts.agenda.points
    if not points:
        yield Finding("agenda_empty", Level.BLOCKING)
        return
    without = [point for point in points if point.number in facts.notes_for and not point.has_note]
    if without:
        yield Finding("no_note", Level.VERIFY, {"points": without})
    elif facts.notes_for:
        yield Finding("notes", Level.FINE, {"count": len(facts.notes_for)})
    if bare := [point for point in points if not point.summary and not point.pieces and point not in without]:
        yield Finding("bare", Level.VERIFY, {"points": bare})
    if long := [point for point in points if len(point.title) > LONG_TITLE]:
        yield Finding("long_title", Level.VERIFY, {"points": long})
    if sensitive := [point for point in points if point.sensitive]:
        yield Finding("sensitive", Level.VERIFY, {"points": sensitive})
    if restricted := [point for point in points if point.restricted]:
        yield Finding("restricted", Level.FINE, {"points": restricted})
    yield Finding("agenda", Level.FINE, {"count": len(points)})


def _papers(agenda: Agenda) -> Iterator[Finding]:
    states: dict[str, list[tuple[Point, Piece]]] = defaultdict(list)
    for point, piece in agenda.pieces:
        states[_state(piece)].append((point, piece))
    if agenda.unfiled:
        yield Finding("unfiled", Level.VERIFY, {"pieces": [(None, piece) for piece in agenda.unfiled]})
    for code in ("refused", "checking", "not_ready", "replacement_waits"):
        if states[code]:
            yield Finding(code, Level.VERIFY, {"pieces": states[code]})
    if leaving := agenda.leaving:
        yield Finding("papers", Level.FINE, {"count": len(leaving), "pages": agenda.pages, "octets": agenda.octets})


def _state(piece: Piece) -> str:
    newest = piece.newest
    if newest is None or newest.state in (FileState.RECEIVING, FileState.CHECKING):
        return "replacement_waits" if piece.leaving else "checking"
    if newest.state is FileState.REFUSED:
        return "replacement_waits" if piece.leaving else "refused"
    return "ready" if piece.marked_ready else "not_ready"


def _files(agenda: Agenda) -> Iterator[Finding]:
    same: dict[str, list[tuple[Point, Piece]]] = defaultdict(list)
    for point, piece, copy in agenda.leaving:
        same[str(copy.sha256)].append((point, piece))
    if twice := [places for places in same.values() if len(places) > 1]:
        yield Finding("same_paper", Level.VERIFY, {"groups": twice})
    for fact in ("scanned", "blank", "landscape", "active"):
        if found := [(point, piece) for point, piece, copy in agenda.leaving if copy.facts.get(fact)]:
            yield Finding(fact, Level.VERIFY, {"pieces": found})


def _people(facts: Facts) -> Iterator[Finding]:
    people = facts.addressees
    if not people:
        yield Finding("nobody", Level.BLOCKING)
        return
    electronic = [who for who in people if who.channel is Channel.ELECTRONIC]
    if lost := [who.name for who in electronic if who.address is None]:
        yield Finding("no_address", Level.VERIFY, {"names": lost})
    if closed := [who.name for who in electronic if who.address and not who.has_account]:
        yield Finding("no_account", Level.VERIFY, {"names": closed})
    if paper := [who.name for who in people if who.channel is not Channel.ELECTRONIC]:
        yield Finding("on_paper", Level.VERIFY, {"names": paper})
    substitutes = sum(who.role is Role.SUBSTITUTE for who in people)
    yield Finding("people", Level.FINE, {"count": len(people), "substitutes": substitutes})


def _sending(facts: Facts) -> Iterator[Finding]:
    letters = sum(who.electronic for who in facts.addressees)
    if letters and not facts.can_send:
        yield Finding("mail_off", Level.BLOCKING)
    elif letters and facts.ends_sending_at and facts.midnight:
        known = {"count": letters, "ends_at": facts.ends_sending_at}
        if facts.ends_sending_at >= facts.midnight:
            yield Finding("after_midnight", Level.VERIFY, known)
        else:
            yield Finding("sending", Level.FINE, known)
