"""The check as a pure function: facts in, findings out."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from elus.convocations.agenda import Agenda, Copy, Piece, Point
from elus.convocations.check import Addressee, Facts, Level, blocking, check
from elus.law import delays
from elus.law.regimes import REGIMES
from elus.meetings.models import ItemKind, Visibility
from elus.organizations.models import Channel, Role
from elus.papers.models import FileState, PaperKind

AT = datetime(2026, 10, 5, 14, tzinfo=UTC)
SITS = datetime(2026, 10, 14, 16, 30, tzinfo=UTC)


def copy(state: FileState = FileState.READY, sha: str | None = None, **facts: object) -> Copy:
    return Copy(
        uuid.uuid4(), 1, "a.pdf", "application/pdf", 1000, 2, state, facts=facts, sha256=sha or uuid.uuid4().hex
    )


def piece(*copies: Copy, kind: PaperKind = PaperKind.NOTE, ready: bool = True) -> Piece:
    return Piece(uuid.uuid4(), "Note", kind, ready, copies or (copy(),))


def point(number: int = 1, *pieces: Piece, **other: object) -> Point:
    facts: dict[str, object] = {"title": "Tarifs", "kind": ItemKind.DELIBERATION, **other}
    return Point(number, uuid.uuid4(), pieces=pieces, **facts)  # type: ignore[arg-type]


def addressee(**other: object) -> Addressee:
    facts: dict[str, object] = {
        "name": "A",
        "role": Role.FULL,
        "channel": Channel.ELECTRONIC,
        "address": "a@exemple.invalid",
        "has_account": True,
    }
    return Addressee(**{**facts, **other})  # type: ignore[arg-type]


GOOD = Facts(
    at=AT,
    starts_at=SITS,
    place="Salle des fêtes",
    verdict=delays.verdict(REGIMES["FRANC_5"], sent=AT.date(), sits=SITS.date()),
    closes_at=None,
    agenda=Agenda((point(1, piece()),)),
    addressees=(addressee(),),
    author="Anne, présidente",
    notes_for=frozenset({1}),
    ends_sending_at=AT + timedelta(minutes=2),
    midnight=datetime(2026, 10, 5, 22, tzinfo=UTC),
)


def codes(facts: Facts, level: Level | None = None) -> set[str]:
    return {finding.code for finding in check(facts) if level in (None, finding.level)}


def test_a_good_draft_has_nothing_to_correct() -> None:
    assert {finding.level for finding in check(GOOD)} == {Level.FINE}


def late(sent: date) -> Facts:
    return replace(GOOD, verdict=delays.verdict(REGIMES["FRANC_5"], sent=sent, sits=SITS.date()))


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (replace(GOOD, agenda=Agenda(())), "agenda_empty"),
        (replace(GOOD, starts_at=AT), "past"),
        (replace(GOOD, addressees=()), "nobody"),
        (replace(GOOD, can_send=False), "mail_off"),
        (replace(GOOD, cancelled=True), "cancelled"),
    ],
)
def test_what_is_impossible_blocks(facts: Facts, code: str) -> None:
    assert {finding.code for finding in blocking(check(facts))} == {code}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (late(date(2026, 10, 9)), "late"),
        (late(date(2026, 10, 13)), "no_clear_day"),
        (replace(GOOD, place=" "), "no_place"),
        (replace(GOOD, author=None), "no_convener"),
        (replace(GOOD, agenda=Agenda((point(1, piece(kind=PaperKind.DRAFT_RESOLUTION)),))), "no_note"),
        (replace(GOOD, agenda=Agenda((point(1, piece()), point(2, kind=ItemKind.INFORMATION)))), "bare"),
        (replace(GOOD, agenda=Agenda((point(1, piece(), title="x" * 121),))), "long_title"),
        (replace(GOOD, agenda=Agenda((point(1, piece(), sensitive=True),))), "sensitive"),
        (replace(GOOD, agenda=Agenda((point(1, piece()),), (piece(),))), "unfiled"),
        (replace(GOOD, agenda=Agenda((point(1, piece(), piece(copy(FileState.REFUSED))),))), "refused"),
        (replace(GOOD, agenda=Agenda((point(1, piece(), piece(copy(FileState.CHECKING))),))), "checking"),
        (replace(GOOD, agenda=Agenda((point(1, piece(), piece(ready=False)),))), "not_ready"),
        (replace(GOOD, agenda=Agenda((point(1, piece(copy(), copy(FileState.CHECKING))),))), "replacement_waits"),
        (replace(GOOD, agenda=Agenda((point(1, piece(copy(sha="a")), piece(copy(sha="a"))),))), "same_paper"),
        (replace(GOOD, agenda=Agenda((point(1, piece(copy(scanned=True))),))), "scanned"),
        (replace(GOOD, addressees=(addressee(address=None),)), "no_address"),
        (replace(GOOD, addressees=(addressee(has_account=False),)), "no_account"),
        (replace(GOOD, addressees=(addressee(channel=Channel.PAPER_HOME, has_account=False),)), "on_paper"),
        (replace(GOOD, midnight=AT + timedelta(minutes=1)), "after_midnight"),
        (replace(GOOD, budget=delays.budget_verdict(sent=AT.date(), sits=SITS.date())), "budget_late"),
    ],
)
def test_what_the_law_or_sense_questions_is_to_verify_never_blocked(facts: Facts, code: str) -> None:
    assert code in codes(facts, Level.VERIFY)
    assert not blocking(check(facts))


def test_a_person_on_paper_needs_neither_address_nor_account() -> None:
    on_paper = replace(GOOD, addressees=(addressee(channel=Channel.PAPER_HOME, address=None, has_account=False),))
    assert not {"no_address", "no_account", "mail_off"} & codes(replace(on_paper, can_send=False))


def test_a_restricted_point_is_said_but_fine() -> None:
    assert "restricted" in codes(
        replace(GOOD, agenda=Agenda((point(1, piece(), visibility=Visibility.RESTRICTED),))), Level.FINE
    )
