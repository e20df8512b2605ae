"""Technical journal: who did what, when, from which session; append-only, pruned by age, apart from the register of proof.

Answers the intruder who erases traces (CNIL 2021-122): the database itself refuses to change a line, or to delete a recent one.
"""

import uuid
from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import DDL, JSON, ForeignKey, event, select
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Code, Id, Instant, Line, Model, db


class JournalEntry(Model):
    """One act or alarm; `detail` holds identifiers and codes, never content or secrets."""

    __tablename__ = "journal_entry"

    id: Mapped[Id]
    at: Mapped[Instant] = mapped_column(index=True)
    user_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    session_id: Mapped[uuid.UUID | None]
    action: Mapped[Code] = mapped_column(index=True)
    subject: Mapped[Line] = mapped_column(index=True)  # "user:<id>", "meeting:<id>", "blob:<id>", "mail"…
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class AlarmSeen(Model):
    """An administrator has taken care of an alarm; apart, because the alarm itself never changes."""

    __tablename__ = "alarm_seen"

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal_entry.id"), primary_key=True)
    at: Mapped[Instant]
    by: Mapped[uuid.UUID | None]


ALARMS = {"blob_damaged", "storage_full", "mail_down", "passkey_cloned"}


def write(action: str, subject: str, *, at: datetime, by: uuid.UUID | None = None, **detail: Any) -> None:
    """Add an entry, with the session of the request if there is one; the caller holds the transaction."""
    who = g.get("viewer") if has_request_context() else None
    db.session.add(
        JournalEntry(
            at=at,
            user_id=by,
            session_id=who.session_id if who else None,
            action=action,
            subject=subject,
            detail=detail,
        )
    )


def latest(*actions: str) -> JournalEntry | None:
    """The last entry of any of these actions."""
    return db.session.scalars(
        select(JournalEntry).where(JournalEntry.action.in_(actions)).order_by(JournalEntry.at.desc()).limit(1)
    ).first()


_REFUSAL = "the journal is append-only"
_SQLITE = [
    "CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    "CREATE TRIGGER journal_entry_no_early_delete BEFORE DELETE ON journal_entry "
    "WHEN julianday(OLD.at) > julianday('now', '-12 months') "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
]
_POSTGRESQL = [
    "CREATE FUNCTION journal_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '12 months' THEN RETURN OLD; END IF; "
    f"RAISE EXCEPTION '{_REFUSAL}'; END $$",
    "CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE ON journal_entry "
    "FOR EACH ROW EXECUTE FUNCTION journal_entry_refuse()",
]
TRIGGERS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
for dialect, statements in TRIGGERS.items():
    for statement in statements:
        refusal = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy types DDL no further
        event.listen(JournalEntry.__table__, "after_create", refusal)
