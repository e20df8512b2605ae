"""The evidence register: one hash chain per convocation, append-only (threat: rewriting by anyone, later)."""

import uuid

from sqlalchemy import DDL, ForeignKey, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Code, Id, Instant, Model, Prose, Sealed


class Chain(Model):
    """The head of one convocation's chain and its sealed pseudonym key; the row one locks to write."""

    __tablename__ = "register_chain"

    convocation_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    length: Mapped[int] = mapped_column(default=0)
    head: Mapped[Code]  # leaf hash of the last entry, RFC 6962 §2.1
    key: Mapped[Sealed | None]  # K_conv: destroyed at the end of retention, entries then are anonymous


class Event(Model):
    """One entry: a line of canonical JSON without personal data, and what queries need of it."""

    __tablename__ = "register_event"
    __table_args__ = (UniqueConstraint("convocation_id", "n"), UniqueConstraint("convocation_id", "once"))

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)  # in the whole register
    convocation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("register_chain.convocation_id"), index=True)
    n: Mapped[int]
    prev: Mapped[Code]
    leaf: Mapped[Code]
    type: Mapped[Code]
    at: Mapped[Instant]
    who: Mapped[Code | None]  # pseudonym: HMAC(K_conv, person)
    once: Mapped[Code | None]  # key that makes a retry idempotent
    line: Mapped[Prose]


class Disclosure(Model):
    """Salt and payload behind a commitment, apart from the register, under a key one can destroy."""

    __tablename__ = "register_disclosure"

    id: Mapped[Id]
    position: Mapped[int] = mapped_column(ForeignKey("register_event.position"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    commitment: Mapped[Code] = mapped_column(index=True)
    salt: Mapped[Sealed]
    payload: Mapped[Sealed]
    at: Mapped[Instant]


_SQLITE = [
    f"CREATE TRIGGER register_event_no_{verb.lower()} BEFORE {verb} ON register_event "
    "BEGIN SELECT RAISE(ABORT, 'the register is append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    "CREATE FUNCTION register_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the register is append-only'; END $$",
    "CREATE TRIGGER register_event_append_only BEFORE UPDATE OR DELETE ON register_event "
    "FOR EACH ROW EXECUTE FUNCTION register_event_refuse()",
]
TRIGGERS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
for dialect, statements in TRIGGERS.items():
    for statement in statements:
        event.listen(Event.__table__, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]  # SQLAlchemy types DDL no further
