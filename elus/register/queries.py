"""Reading the register: who did what first, what is recorded about somebody, and whether every chain holds."""

import hmac
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from elus.kernel import blobs
from elus.kernel.crypto import Purpose
from elus.kernel.db import db
from elus.register.format import EMPTY, leaf_hash
from elus.register.models import Chain, Event


@dataclass(frozen=True)
class BrokenLink:
    """Where a chain stops holding."""

    convocation_id: uuid.UUID
    n: int


def chain_key(chain: Chain) -> bytes:
    """K_conv, which turns people into pseudonyms within one convocation."""
    if chain.key is None:
        raise LookupError("the retention of this convocation is over: its entries are anonymous")
    return blobs.keyring().unwrap(Purpose.WRAP_PERSON, chain.key, f"chain|{chain.convocation_id}".encode())


def pseudonym_of(key: bytes, person_id: uuid.UUID) -> str:
    """HMAC(K_conv, person): same person, same convocation only."""
    return hmac.digest(key, person_id.bytes, "sha256").hex()


def pseudonyms(convocation_id: uuid.UUID, people: Collection[uuid.UUID]) -> dict[str, uuid.UUID]:
    """Pseudonym → person for one convocation; empty before its first event or after its retention."""
    chain = db.session.get(Chain, convocation_id)
    if chain is None or chain.key is None:
        return {}
    key = chain_key(chain)
    return {pseudonym_of(key, person): person for person in people}


def firsts(convocation_id: uuid.UUID, people: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, datetime]]:
    """For each person, the first instant of each type of event; two queries whatever the number of people."""
    names = pseudonyms(convocation_id, people)
    found: dict[uuid.UUID, dict[str, datetime]] = {}
    if not names:
        return found
    rows = db.session.execute(
        select(Event.who, Event.type, func.min(Event.at))
        .where(Event.convocation_id == convocation_id, Event.who.is_not(None))
        .group_by(Event.who, Event.type)
    )
    for who, kind, at in rows:
        if who in names:
            found.setdefault(names[who], {})[kind] = at
    return found


def about(convocation_id: uuid.UUID, person_id: uuid.UUID) -> list[Event]:
    """Everything recorded about one person in one convocation, oldest first."""
    names = list(pseudonyms(convocation_id, [person_id]))
    return list(
        db.session.scalars(
            select(Event).where(Event.convocation_id == convocation_id, Event.who.in_(names)).order_by(Event.n)
        )
    )


def story(convocation_id: uuid.UUID, person_id: uuid.UUID) -> list[Event]:
    """What is recorded about one person and about the whole convocation, oldest first; nothing about anybody else."""
    names = list(pseudonyms(convocation_id, [person_id]))
    return list(
        db.session.scalars(
            select(Event)
            .where(Event.convocation_id == convocation_id, or_(Event.who.is_(None), Event.who.in_(names)))
            .order_by(Event.n)
        )
    )


def marks(chain: Chain, person_id: uuid.UUID, types: Collection[str]) -> list[Event]:
    """The events of some types about one person, oldest first, when the chain is already at hand; one query."""
    if chain.key is None:
        return []
    name = pseudonym_of(chain_key(chain), person_id)
    return list(
        db.session.scalars(
            select(Event)
            .where(Event.convocation_id == chain.convocation_id, Event.who == name, Event.type.in_(types))
            .order_by(Event.n)
        )
    )


def first_broken_link() -> BrokenLink | None:
    """Replay every chain from its lines; None when all hold."""
    chains = db.session.scalars(select(Chain).order_by(Chain.convocation_id)).all()
    for chain in chains:
        head, n = EMPTY, 0
        entries = db.session.scalars(
            select(Event).where(Event.convocation_id == chain.convocation_id).order_by(Event.n)
        )
        for event in entries.yield_per(500):
            if (
                event.n != n
                or event.prev != head
                or event.leaf != leaf_hash(event.line)
                or f'"prev":"{head}"' not in event.line
            ):
                return BrokenLink(chain.convocation_id, n)
            head, n = event.leaf, n + 1
        if (head, n) != (chain.head, chain.length):
            return BrokenLink(chain.convocation_id, n)
    return None
