"""Writing the register: one `record()` for everybody, one chain per convocation."""

import hashlib
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from elus.kernel import blobs
from elus.kernel.crypto import Purpose
from elus.kernel.db import db
from elus.register import events
from elus.register.format import EMPTY, canonical, leaf_hash
from elus.register.models import Chain, Disclosure, Event
from elus.register.queries import chain_key, pseudonym_of


@dataclass(frozen=True)
class Entry:
    """What one event will say: its type, whose it is, the key that makes a retry idempotent, its facts, its own instant if it has one."""

    type: str
    who: uuid.UUID | None = None
    once: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def record(
    type: str,
    convocation_id: uuid.UUID,
    *,
    at: datetime,
    who: uuid.UUID | None = None,
    once: str | None = None,
    **facts: Any,
) -> Event | None:
    """Append one event to a convocation's chain; None when `once` was already written. The caller holds the transaction."""
    written = record_many(convocation_id, [Entry(type, who, once, facts)], at=at)
    return written[0] if written else None


def record_many(convocation_id: uuid.UUID, entries: Sequence[Entry], *, at: datetime) -> list[Event]:
    """Append events in their order and read them back; a constant number of statements."""
    first = append_many(convocation_id, entries, at=at)
    written = select(Event).where(Event.convocation_id == convocation_id, Event.n >= first).order_by(Event.n)
    return list(db.session.scalars(written))


def append_many(convocation_id: uuid.UUID, entries: Sequence[Entry], *, at: datetime) -> int:
    """Append events in their order, leaving out those whose `once` was already written; gives the number of the first.

    The head row is locked first, and UNIQUE(convocation, n) forbids a fork whatever happens.
    """
    for entry in entries:
        events.check(entry.type, entry.facts)
    chain = _locked_chain(convocation_id)
    key = chain_key(chain) if any(entry.who for entry in entries) else b""
    known = _already(convocation_id, [entry.once for entry in entries if entry.once])
    first, rows = chain.length, []
    for entry in entries:
        if entry.once in known:
            continue
        if entry.once:
            known.add(entry.once)
        rows.append(_append(chain, entry, pseudonym_of(key, entry.who) if entry.who else None, entry.at or at))
    db.session.flush()
    if rows:
        db.session.execute(insert(Event), rows)  # one statement: with objects SQLite asks for each position in turn
    return first


def _already(convocation_id: uuid.UUID, keys: Sequence[str]) -> set[str]:
    if not keys:
        return set()
    found = db.session.scalars(select(Event.once).where(Event.convocation_id == convocation_id, Event.once.in_(keys)))
    return {once for once in found if once}


def _append(chain: Chain, entry: Entry, who: str | None, at: datetime) -> dict[str, Any]:
    content: dict[str, Any] = {
        "v": 1,
        "conv": str(chain.convocation_id),
        "n": chain.length,
        "prev": chain.head,
        "type": entry.type,
        "ts": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **entry.facts,
    }
    if who is not None:
        content["who"] = who
    line = canonical(content)
    row = {
        "convocation_id": chain.convocation_id,
        "n": chain.length,
        "prev": chain.head,
        "leaf": leaf_hash(line),
        "type": entry.type,
        "at": at,
        "who": who,
        "once": entry.once,
        "line": line,
    }
    chain.length, chain.head = chain.length + 1, leaf_hash(line)
    return row


def pseudonyms(convocation_id: uuid.UUID, people: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Person → pseudonym in one convocation, whose chain begins here if it must; the caller holds the transaction."""
    key = chain_key(_locked_chain(convocation_id))
    return {person: pseudonym_of(key, person) for person in people}


def commit_to(payload: dict[str, Any]) -> tuple[str, bytes]:
    """A salted commitment to what must not stand in the register (name, address): SHA-256(salt ‖ canonical JSON)."""
    salt = os.urandom(32)
    return hashlib.sha256(salt + canonical(payload).encode()).hexdigest(), salt


def disclose(
    event: Event, commitment: str, salt: bytes, payload: dict[str, Any], *, person_id: uuid.UUID | None, at: datetime
) -> None:
    """Keep, sealed and apart, what a commitment of this event stands for."""
    row = uuid.uuid4()
    binding = f"disclosure|{row}".encode()
    keys = blobs.keyring()
    db.session.add(
        Disclosure(
            id=row,
            position=event.position,
            person_id=person_id,
            commitment=commitment,
            salt=keys.wrap(Purpose.WRAP_PERSON, salt, binding + b"|salt"),
            payload=keys.wrap(Purpose.WRAP_PERSON, canonical(payload).encode(), binding),
            at=at,
        )
    )


def _locked_chain(convocation_id: uuid.UUID) -> Chain:
    chain = db.session.scalars(select(Chain).where(Chain.convocation_id == convocation_id).with_for_update()).first()
    if chain is None:
        key = blobs.keyring().wrap(Purpose.WRAP_PERSON, os.urandom(32), f"chain|{convocation_id}".encode())
        chain = Chain(convocation_id=convocation_id, length=0, head=EMPTY, key=key)
        db.session.add(chain)
        db.session.flush()
    return chain
