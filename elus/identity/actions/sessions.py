"""Server-side sessions: a new identifier at each step, and an end that kills copied cookies too (decision 9)."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, delete, exists, insert, or_, select, update

from elus.identity.actions.devices import recognise
from elus.identity.actions.links import end_reset_links
from elus.identity.models import (
    Device,
    Failures,
    Invitation,
    Passkey,
    PasswordReset,
    Rescue,
    ResetRequest,
    Session,
    SpentChallenge,
    hash_token,
)
from elus.identity.origin import Origin
from elus.identity.policy import FORGOTTEN_AFTER, PENDING, Standing, span
from elus.kernel import journal
from elus.kernel.db import UtcInstant, db

KEPT = timedelta(days=30)
DEVICE_KEPT = timedelta(days=400)  # its cookie lives a year


def open_pending(user_id: uuid.UUID, *, origin: Origin, long_lived: bool, at: datetime) -> str:
    """A session that proves the password only and opens nothing but the second step; gives its token."""
    return _open(user_id, origin, at=at, expires_at=at + PENDING, long_lived=long_lived)


def open_restricted(user_id: uuid.UUID, *, factor: str, expires_at: datetime, origin: Origin, at: datetime) -> str:
    """A session that proves nothing yet and opens one path only; gives its token."""
    return _open(user_id, origin, at=at, expires_at=expires_at, long_lived=False, factor=factor)


def start_session(
    user_id: uuid.UUID,
    *,
    factor: str,
    origin: Origin,
    long_lived: bool,
    at: datetime,
    standing: Standing = Standing.MEMBER,
    tries: int = 0,
    noted: Mapping[str, Any] | None = None,
) -> str:
    """A session that has proven both factors; gives its token, and remembers the device.

    `tries` that failed before are told with a new device; the journal keeps what else is `noted`. Whatever the standing given,
    each request applies the one of that moment.
    """
    token = _open(
        user_id,
        origin,
        at=at,
        expires_at=at + span(standing, long_lived).whole,
        long_lived=long_lived and not standing.staff,
        proven_at=at,
        fresh_at=at,
        factor=factor,
        device_id=recognise(user_id, origin, tries=tries, at=at),
    )
    end_reset_links(user_id)
    journal.write(
        "session_started",
        f"user:{user_id}",
        at=at,
        by=user_id,
        client=origin.client,
        factor=factor,
        **(noted or {}),
    )
    return token


def end_pending(session_id: uuid.UUID, *, at: datetime) -> bool:
    """The second step is done: what the first one opened ends, once; False when it had already ended."""
    values = {"pending": session_id, "at": at}
    return bool(db.session.connection().execute(_ending_pending(), values).rowcount)


def end_session(session_id: uuid.UUID, *, at: datetime, because: str = "signed_out") -> bool:
    """End a session once; False when it had already ended."""
    owner = db.session.scalars(
        update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None))
        .values(ended_at=at, ended_because=because)
        .returning(Session.user_id)
    ).first()
    if owner is None:
        return False
    journal.write("session_ended", f"user:{owner}", at=at, by=owner, because=because)
    return True


def end_other_sessions(user_id: uuid.UUID, *, kept: uuid.UUID | None, at: datetime, because: str = "elsewhere") -> int:
    """Sign a person out everywhere but here, or everywhere; says how many sessions were still open."""
    count = end_those(Session.user_id == user_id, Session.id != (kept or uuid.UUID(int=0)), because=because, at=at)
    if count:
        journal.write("other_sessions_ended", f"user:{user_id}", at=at, by=user_id, because=because, count=count)
    return count


def end_those(*which: ColumnElement[bool], because: str, at: datetime) -> int:
    """End the sessions, not ended yet, that satisfy all this; says how many. The caller writes the journal."""
    ended = db.session.execute(
        update(Session).where(Session.ended_at.is_(None), *which).values(ended_at=at, ended_because=because)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def clean_up(at: datetime) -> int:
    """Forget sessions, invitations, counts, devices and what served once that no longer mean anything; at most 500 of each at a time."""
    long_ago = at - KEPT
    stale = (
        (Session, Session.id, or_(Session.expires_at < long_ago, Session.ended_at < long_ago)),
        (Invitation, Invitation.id, Invitation.expires_at < at - 12 * KEPT),
        (PasswordReset, PasswordReset.id, PasswordReset.expires_at < long_ago),
        (ResetRequest, ResetRequest.id, ResetRequest.asked_at < long_ago),
        (Rescue, Rescue.id, Rescue.expires_at < at - 12 * KEPT),
        (Failures, Failures.address_mac, Failures.last_at < at - FORGOTTEN_AFTER),
        (Device, Device.id, _forgotten(at)),
        (SpentChallenge, SpentChallenge.challenge_hash, SpentChallenge.expires_at < at),
    )
    handled = 0
    for model, key, condition in stale:
        keys = db.session.scalars(select(key).where(condition).limit(500)).all()
        if keys:
            db.session.execute(delete(model).where(key.in_(keys)))
        handled += len(keys)
    return handled


def _forgotten(at: datetime) -> ColumnElement[bool]:
    """SQL: a device nobody came back from, that nothing names any more."""
    return and_(
        Device.used_at < at - DEVICE_KEPT,
        ~exists().where(Session.device_id == Device.id),
        ~exists().where(Passkey.device_id == Device.id),
    )


@cache
def _ending_pending() -> Update:
    at: Any = bindparam("at", type_=UtcInstant())
    return (
        update(Session)
        .where(Session.id == bindparam("pending"), Session.ended_at.is_(None), Session.expires_at > at)
        .values(ended_at=at)
    )


def _open(user_id: uuid.UUID, origin: Origin, *, at: datetime, **facts: Any) -> str:
    token = secrets.token_urlsafe(32)
    row = {
        "id": uuid.uuid4(),
        "user_id": user_id,
        "token_hash": hash_token(token),
        "opened_at": at,
        "seen_at": at,
        "client": origin.client[:300],
        "network": origin.network,
        **facts,
    }
    db.session.connection().execute(insert(Session), row)
    return token
