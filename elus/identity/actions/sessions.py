"""Server-side sessions: a new identifier at each step, and an end that kills copied cookies too (decision 9)."""

import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from elus.identity.actions.links import end_reset_links
from elus.identity.models import (
    Failures,
    Invitation,
    PasswordReset,
    Rescue,
    ResetRequest,
    Session,
    hash_token,
)
from elus.identity.origin import Origin
from elus.kernel import journal
from elus.kernel.db import db

PENDING = timedelta(minutes=10)
ORDINARY = timedelta(hours=12)
LONG = timedelta(days=30)
KEPT = timedelta(days=30)


def open_pending(user_id: uuid.UUID, *, origin: Origin, long_lived: bool, at: datetime) -> str:
    """A session that proves the password only and opens nothing but the second step; gives its token."""
    return _open(user_id, expires_at=at + PENDING, long_lived=long_lived, origin=origin, at=at)


def open_restricted(user_id: uuid.UUID, *, factor: str, expires_at: datetime, origin: Origin, at: datetime) -> str:
    """A session that proves nothing yet and opens one path only; gives its token."""
    return _open(user_id, expires_at=expires_at, long_lived=False, origin=origin, at=at, factor=factor)


def start_session(user_id: uuid.UUID, *, factor: str, origin: Origin, long_lived: bool, at: datetime) -> str:
    """A session that has proven both factors; gives its token."""
    token = _open(
        user_id,
        expires_at=at + (LONG if long_lived else ORDINARY),
        long_lived=long_lived,
        origin=origin,
        at=at,
        proven_at=at,
        factor=factor,
    )
    end_reset_links(user_id)
    journal.write("session_started", f"user:{user_id}", at=at, by=user_id, client=origin.client, factor=factor)
    return token


def end_session(session_id: uuid.UUID, *, at: datetime, because: str = "signed_out") -> bool:
    """End a session once; False when it had already ended."""
    ended = db.session.execute(
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None))
        .values(ended_at=at, ended_because=because)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def end_other_sessions(user_id: uuid.UUID, *, kept: uuid.UUID | None, at: datetime, because: str = "elsewhere") -> int:
    """Sign a person out everywhere but here, or everywhere; says how many sessions were still open."""
    ended = db.session.execute(
        update(Session)
        .where(Session.user_id == user_id, Session.ended_at.is_(None), Session.id != (kept or uuid.UUID(int=0)))
        .values(ended_at=at, ended_because=because)
    )
    count = int(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
    if count:
        journal.write("other_sessions_ended", f"user:{user_id}", at=at, by=user_id, because=because, count=count)
    return count


def clean_up(at: datetime) -> int:
    """Forget sessions, invitations and counts that no longer mean anything; at most 500 of each at a time."""
    long_ago = at - KEPT
    stale = (
        (Session, Session.id, or_(Session.expires_at < long_ago, Session.ended_at < long_ago)),
        (Invitation, Invitation.id, Invitation.expires_at < at - 12 * KEPT),
        (PasswordReset, PasswordReset.id, PasswordReset.expires_at < long_ago),
        (ResetRequest, ResetRequest.id, ResetRequest.asked_at < long_ago),
        (Rescue, Rescue.id, Rescue.expires_at < at - 12 * KEPT),
        (Failures, Failures.address_mac, Failures.last_at < long_ago),
    )
    handled = 0
    for model, key, condition in stale:
        keys = db.session.scalars(select(key).where(condition).limit(500)).all()
        if keys:
            db.session.execute(delete(model).where(key.in_(keys)))
        handled += len(keys)
    return handled


def _open(
    user_id: uuid.UUID,
    *,
    expires_at: datetime,
    long_lived: bool,
    origin: Origin,
    at: datetime,
    proven_at: datetime | None = None,
    factor: str | None = None,
) -> str:
    token = secrets.token_urlsafe(32)
    db.session.add(
        Session(
            user_id=user_id,
            token_hash=hash_token(token),
            opened_at=at,
            seen_at=at,
            expires_at=expires_at,
            proven_at=proven_at,
            fresh_at=proven_at,
            factor=factor,
            long_lived=long_lived,
            client=origin.client[:300],
            network=origin.network,
        )
    )
    return token
