"""Letters as rows: what must leave is written in the transaction that decides it."""

import enum
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any, Literal

from sqlalchemy import JSON, Enum, select
from sqlalchemy.orm import Mapped, mapped_column

from elus.config import Settings
from elus.kernel.db import Code, Id, Instant, Line, Model, Prose, db


class LetterState(enum.StrEnum):
    """What is known of a letter; each state says no more than what was observed."""

    HELD = "held"  # waits for its attachment: nothing leaves before it is made
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    WRITTEN = "written"  # « écrite dans outbox »: a demonstration without mail server
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Outcome:
    """What one attempt observed, in the server's own words (RFC 5321 §4.2, RFC 3463)."""

    kind: Literal["accepted", "deferred", "refused", "unknown", "written"]
    code: int | None = None
    enhanced: str | None = None
    text: str = ""
    queue_id: str | None = None
    relay: str = ""
    tls: str | None = None
    sent_at: datetime | None = None
    next_at: datetime | None = None


class Letter(Model):
    """One message to one person; attachments name blobs stored once and composed at sending."""

    __tablename__ = "letter"

    id: Mapped[Id]
    purpose: Mapped[Code]
    about_id: Mapped[uuid.UUID | None] = mapped_column(index=True)  # the convocation whose register tells what happened
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    recipient: Mapped[Line]
    recipient_name: Mapped[Line]
    sender_name: Mapped[Line]
    reply_to: Mapped[Line | None]
    subject: Mapped[Line]
    text: Mapped[Prose]
    html: Mapped[Prose]
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    message_id: Mapped[Line] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    due_at: Mapped[Instant] = mapped_column(index=True)
    state: Mapped[LetterState] = mapped_column(
        Enum(LetterState, native_enum=False, length=16), default=LetterState.QUEUED, index=True
    )
    claimed_until: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(default=0)
    unknowns: Mapped[int] = mapped_column(default=0)  # how often the server's last word was missed
    sent_at: Mapped[Instant | None] = mapped_column(
        index=True
    )  # the server's 250; for a demonstration, the file written
    reply_code: Mapped[int | None]
    enhanced_code: Mapped[Code | None]
    reply_text: Mapped[Prose | None]
    queue_id: Mapped[Line | None]
    relay: Mapped[Line | None]


def post(
    *,
    purpose: str,
    recipient: str,
    recipient_name: str,
    sender_name: str,
    subject: str,
    text: str,
    html: str,
    domain: str,
    at: datetime,
    due_at: datetime | None = None,
    reply_to: str | None = None,
    about_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
    attachments: list[dict[str, Any]] | None = None,
    state: LetterState = LetterState.QUEUED,
) -> Letter:
    """Write a letter to be sent from `due_at`; the caller holds the transaction. Its Message-ID never changes (RFC 5322 §3.6.4)."""
    letter = Letter(
        id=uuid.uuid4(),
        purpose=purpose,
        recipient=recipient,
        recipient_name=recipient_name,
        sender_name=sender_name,
        reply_to=reply_to,
        subject=subject,
        text=text,
        html=html,
        message_id=make_msgid(domain=domain),
        created_at=at,
        due_at=due_at or at,
        about_id=about_id,
        person_id=person_id,
        attachments=attachments or [],
        state=state,
    )
    db.session.add(letter)
    return letter


def can_send(settings: Settings) -> bool:
    """Whether letters can leave: a mail server is set, or a demonstration writes them to its outbox folder."""
    return settings.smtp_url is not None or settings.demonstration


RUN_ENDS_AFTER = timedelta(minutes=1)
RATE_FROM, RATE_OVER = 10, 500


def measured_rate() -> float | None:
    """Letters accepted each second in the last run long enough to say; None when there was none."""
    sent = list(
        db.session.scalars(
            select(Letter.sent_at)
            .where(Letter.state == LetterState.ACCEPTED, Letter.sent_at.is_not(None))
            .order_by(Letter.sent_at.desc())
            .limit(RATE_OVER)
        )
    )
    run: list[datetime] = []
    for instant in sent:
        assert instant is not None
        if run and run[-1] - instant > RUN_ENDS_AFTER:
            if len(run) >= RATE_FROM:
                break
            run = []
        run.append(instant)
    if len(run) < RATE_FROM:
        return None
    return (len(run) - 1) / max((run[0] - run[-1]).total_seconds(), 0.001)
