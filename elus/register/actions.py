"""Writing the register: one `record()` for everybody, one chain per convocation."""

import hashlib
import os
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from elus.kernel import blobs
from elus.kernel.crypto import Purpose
from elus.kernel.db import db
from elus.register import events
from elus.register.format import EMPTY, canonical, leaf_hash
from elus.register.models import Chain, Disclosure, Event
from elus.register.queries import chain_key, pseudonym_of


def record(
    type: str,
    convocation_id: uuid.UUID,
    *,
    at: datetime,
    who: uuid.UUID | None = None,
    once: str | None = None,
    **facts: Any,
) -> Event | None:
    """Append one event to a convocation's chain; None when `once` was already written.

    The caller holds the transaction; the head row is locked first, and UNIQUE(convocation, n) forbids a fork whatever happens.
    """
    events.check(type, facts)
    chain = _locked_chain(convocation_id)
    if (
        once
        and db.session.scalar(select(Event.n).where(Event.convocation_id == convocation_id, Event.once == once))
        is not None
    ):
        return None
    entry: dict[str, Any] = {
        "v": 1,
        "conv": str(convocation_id),
        "n": chain.length,
        "prev": chain.head,
        "type": type,
        "ts": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **facts,
    }
    if who is not None:
        entry["who"] = pseudonym_of(chain_key(chain), who)
    line = canonical(entry)
    event = Event(
        convocation_id=convocation_id,
        n=chain.length,
        prev=chain.head,
        leaf=leaf_hash(line),
        type=type,
        at=at,
        who=entry.get("who"),
        once=once,
        line=line,
    )
    chain.length, chain.head = chain.length + 1, event.leaf
    db.session.add(event)
    db.session.flush()
    return event


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
