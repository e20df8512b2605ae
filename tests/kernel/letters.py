"""Letters of tests, and what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from elus.kernel import outbox
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter, Outcome
from tests.conftest import AT

Told = list[tuple[str, Outcome]]


def letter(n: int = 1, **other: Any) -> Letter:
    facts: dict[str, Any] = {
        "purpose": "convocation",
        "recipient": f"personne{n}@exemple.invalid",
        "recipient_name": f"Camille Fictive {n}",
        "sender_name": "Communauté de communes",
        "subject": "Conseil communautaire du mercredi 14 octobre 2026 à 18 h 30",
        "text": "Bonjour,\n\nVous êtes convoquée.\n.\nÀ bientôt",
        "html": "<p>Vous êtes convoquée.</p>",
        "domain": "elus.test",
        "at": AT,
    }
    with transaction():
        return outbox.post(**{**facts, **other})


def letters() -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).order_by(Letter.recipient)))


def journal() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.at)))


def deliver(at: datetime = AT, timeout: float = 5, told: Told | None = None) -> int:
    def tell(observed: list[tuple[Letter, Outcome, datetime]]) -> None:
        if told is not None:
            told.extend([(letter.recipient, outcome) for letter, outcome, _ in observed])

    return outbox.deliver_due(at, told=tell, timeout=timeout)
