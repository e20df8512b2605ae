"""What the mail server said of each letter, told to the register in the transaction that stores it."""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update

from elus.convocations.actions.following import prints_of
from elus.convocations.actions.issuing import message_hash
from elus.convocations.manifest import instant
from elus.convocations.models import Recipient, Version
from elus.kernel.db import db
from elus.kernel.outbox import Letter, LetterState, Outcome
from elus.register import actions as register
from elus.register.actions import Entry

TYPES = {
    "accepted": "smtp_accepted",
    "deferred": "smtp_deferred",
    "refused": "smtp_refused",
    "unknown": "smtp_unknown",
    "written": "outbox_written",
}
OPEN = (LetterState.HELD, LetterState.QUEUED, LetterState.SENDING, LetterState.DEFERRED, LetterState.UNKNOWN)


class Teller:
    """Tells the register what became of each letter of a run; what it needs is read once per convocation."""

    def __init__(self) -> None:
        self._prints: dict[uuid.UUID, tuple[dict[uuid.UUID, str], str]] = {}

    def __call__(self, observed: list[tuple[Letter, Outcome, datetime]]) -> None:
        entries: dict[uuid.UUID, list[Entry]] = {}
        for letter, outcome, at in observed:
            if letter.about_id is not None and letter.purpose.startswith("convocation_"):
                entry = Entry(TYPES[outcome.kind], letter.person_id, None, self._facts(letter, outcome), at)
                entries.setdefault(letter.about_id, []).append(entry)
        for about_id, told in entries.items():
            register.append_many(about_id, told, at=observed[-1][2])

    def _print(self, letter: Letter) -> str:
        assert letter.about_id is not None
        known = self._prints.get(letter.about_id)
        if known is None or letter.id not in known[0]:
            known = self._prints[letter.about_id] = prints_of(letter.about_id)
        return known[0].get(letter.id, known[1])

    def _facts(self, letter: Letter, outcome: Outcome) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "version": self._print(letter),
            "message": message_hash(letter),
            "purpose": letter.purpose,
        }
        if outcome.kind == "written":
            return facts
        facts["relay"] = _hash(outcome.relay)
        if outcome.kind == "unknown":
            return {**facts, "point": "after_data"}
        facts |= {"code": outcome.code, "enhanced": outcome.enhanced, "text": _hash(outcome.text)}
        if outcome.kind == "accepted":
            sent = instant(outcome.sent_at) if outcome.sent_at else None
            facts |= {"queue": _hash(outcome.queue_id), "tls": _hash(outcome.tls), "sent": sent}
        if outcome.kind == "deferred":
            facts["next"] = instant(outcome.next_at) if outcome.next_at else None
        return facts


def _hash(said: str | None) -> str | None:
    """The server's words may hold an address: the register keeps their hash, the letter's row keeps the words."""
    return hashlib.sha256(said.encode()).hexdigest() if said else None


def close_versions(at: datetime) -> int:
    """Mark the versions whose every letter has an outcome."""
    waiting = exists().where(
        Recipient.version_id == Version.id, Recipient.letter_id == Letter.id, Letter.state.in_(OPEN)
    )
    done = db.session.scalars(
        update(Version)
        .where(Version.done_at.is_(None), Version.withdrawn_at.is_(None), Version.leaves_at <= at, ~waiting)
        .values(done_at=at)
        .returning(Version.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(done)


def anything_to_close(at: datetime) -> bool:
    """Whether some version still waits for the outcome of its letters."""
    waiting = select(Version.id).where(
        Version.done_at.is_(None), Version.withdrawn_at.is_(None), Version.leaves_at <= at
    )
    return db.session.scalar(waiting.limit(1)) is not None
