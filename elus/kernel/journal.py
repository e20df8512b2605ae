"""Technical journal: who did what, when, from which session; append-only, pruned by age, apart from the register of proof.

Answers the intruder who erases traces (CNIL 2021-122): the database itself refuses to change a line, or to delete a recent one.
"""

import uuid
from datetime import datetime
from typing import Any, Literal, get_args

from flask import g, has_request_context
from sqlalchemy import DDL, JSON, ForeignKey, Index, event, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Code, Id, Instant, Line, Model, db

Action = Literal[
    # ways in
    "session_started",
    "session_ended",
    "other_sessions_ended",
    "sign_in_refused",
    "fresh_proof_given",
    "password_changed",
    "password_reset_asked",
    "password_reset",
    "code_changed",
    "recovery_code_used",
    "recovery_codes_renewed",
    "passkey_added",
    "passkey_removed",
    "passkey_renamed",
    "passkey_cloned",
    "device_renamed",
    "device_lost",
    "provider_linked",
    "provider_unlinked",
    "sign_in_storm",
    # accounts and help
    "invited",
    "letters_printed",
    "account_activated",
    "rescue_asked",
    "rescue_issued",
    "rescue_used",
    "rescue_cancelled",
    "unlocked",
    "suspended",
    "resumed",
    "sessions_ended_by_administrator",
    # meetings
    "meeting_created",
    "meeting_changed",
    "meeting_announced",
    "announcement_withdrawn",
    "agenda_added",
    "agenda_moved",
    "agenda_removed",
    "agenda_restored",
    "item_changed",
    "file_added",
    "file_replaced",
    "papers_ready",
    "paper_unready",
    "paper_removed",
    "paper_withdrawn",
    # convocations
    "convocation_published",
    "convocation_withdrawn",
    "convocation_moved",
    "papers_told",
    "meeting_cancelled",
    "reminded",
    "paper_handed",
    "paper_letters_made",
    "tracking_exported",
    # calendars
    "feed_renewed",
    "feed_revoked",
    # the portal itself
    "blob_damaged",
    "storage_full",
    "mail_down",
    "mail_up",
    "sealing_failed",
    "scrubbed",
    "alarm_seen",
    "journal_exported",
    "journal_pruned",
]
"""The closed list of acts; each has its sentence in `templates/parts/journal_sentences.html`."""
ACTIONS: frozenset[str] = frozenset(get_args(Action))
ALARMS = {"blob_damaged", "storage_full", "mail_down", "sealing_failed", "passkey_cloned", "sign_in_storm"}


class JournalEntry(Model):
    """One act or alarm; `detail` holds identifiers and codes, never content or secrets."""

    __tablename__ = "journal_entry"
    __table_args__ = (Index(None, "at", "id"), *(Index(None, each, "at") for each in ("user_id", "action", "subject")))

    id: Mapped[Id]
    at: Mapped[Instant]
    user_id: Mapped[uuid.UUID | None]
    session_id: Mapped[uuid.UUID | None]
    client: Mapped[Line] = mapped_column(default="")  # « Safari, iPad »: the session itself is kept for a shorter time
    action: Mapped[Code]
    subject: Mapped[Line]  # "user:<id>", "meeting:<id>", "blob:<id>", "mail"…
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class AlarmSeen(Model):
    """An administrator has taken care of an alarm; apart, because the alarm itself never changes."""

    __tablename__ = "alarm_seen"

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal_entry.id"), primary_key=True)
    at: Mapped[Instant]
    by: Mapped[uuid.UUID | None]


def write(
    action: Action, subject: str, *, at: datetime, by: uuid.UUID | None = None, client: str = "", **detail: Any
) -> None:
    """Add an entry, with the session and device of the request if there are; the caller holds the transaction."""
    if action not in ACTIONS:
        raise ValueError(f"« {action} » is not an act of the journal: add it to the list, with its sentence")
    who = g.get("viewer") if has_request_context() else None
    row = {
        "id": uuid.uuid4(),
        "at": at,
        "user_id": by,
        "session_id": who.session_id if who else None,
        "client": client or (who.client if who else ""),
        "action": action,
        "subject": subject,
        "detail": detail,
    }
    db.session.connection().execute(insert(JournalEntry), row)  # by the driver: nothing is ever changed in it


def latest(*actions: Action) -> JournalEntry | None:
    """The last entry of any of these actions."""
    return db.session.scalars(
        select(JournalEntry).where(JournalEntry.action.in_(actions)).order_by(JournalEntry.at.desc()).limit(1)
    ).first()


def protected() -> bool:
    """Whether the database still refuses to change a line: its triggers are looked at, not supposed."""
    if db.engine.dialect.name == "sqlite":
        asked = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal_entry' AND sql LIKE :said"
        return int(db.session.scalar(text(asked), {"said": f"%{REFUSAL}%"}) or 0) == 2
    asked = (
        "SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
        "WHERE tgrelid = 'journal_entry'::regclass AND tgenabled IN ('O', 'A') AND prosrc LIKE :said"
    )
    return int(db.session.scalar(text(asked), {"said": f"%{REFUSAL}%"}) or 0) == 1


REFUSAL = "the journal is append-only"
_SQLITE = [
    "CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    "CREATE TRIGGER journal_entry_no_early_delete BEFORE DELETE ON journal_entry "
    "WHEN julianday(OLD.at) > julianday('now', '-12 months') "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
]
_POSTGRESQL = [
    "CREATE FUNCTION journal_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '12 months' THEN RETURN OLD; END IF; "
    f"RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE ON journal_entry "
    "FOR EACH ROW EXECUTE FUNCTION journal_entry_refuse()",
]
TRIGGERS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
for dialect, statements in TRIGGERS.items():
    for statement in statements:
        refusal = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]  # SQLAlchemy types DDL no further
        event.listen(JournalEntry.__table__, "after_create", refusal)
