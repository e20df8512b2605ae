"""Technical journal: who did what, when; append-only, pruned by age, apart from the register of proof (CNIL 2021-122)."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, select
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Code, Id, Instant, Line, Model, db


class JournalEntry(Model):
    """One act or alarm; `detail` holds identifiers and codes, never content or secrets."""

    __tablename__ = "journal_entry"

    id: Mapped[Id]
    at: Mapped[Instant] = mapped_column(index=True)
    user_id: Mapped[uuid.UUID | None]
    action: Mapped[Code] = mapped_column(index=True)
    subject: Mapped[Line]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    alarm_seen_at: Mapped[Instant | None]


ALARMS = {"blob_damaged", "storage_full", "mail_down"}


def write(action: str, subject: str, *, at: datetime, by: uuid.UUID | None = None, **detail: Any) -> None:
    """Add an entry; the caller holds the transaction."""
    db.session.add(JournalEntry(at=at, user_id=by, action=action, subject=subject, detail=detail))


def latest(*actions: str) -> JournalEntry | None:
    """The last entry of any of these actions."""
    return db.session.scalars(
        select(JournalEntry).where(JournalEntry.action.in_(actions)).order_by(JournalEntry.at.desc()).limit(1)
    ).first()
