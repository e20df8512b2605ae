"""What a helper or an administrator does to somebody else's account: close, open again, unlock; never enter it, never set a password.

Answers the stolen tablet, the agent who leaves, and the lock-out of somebody who must be helped now (ASVS V7.4.5).
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import update

from elus.identity.actions.sessions import end_those
from elus.identity.actions.tries import forget_every_try
from elus.identity.models import Session, User
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused


def suspend(user_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> None:
    """Close an account at once, nothing is lost; Refused("yourself") or ("already_suspended")."""
    if user_id == by:
        raise Refused("yourself")
    if not _set(user_id, User.suspended_at.is_(None), at):
        raise Refused("already_suspended")
    end_sessions(user_id, because="suspended", at=at)
    journal.write("suspended", f"user:{user_id}", at=at, by=by, **from_console(by))


def resume(user_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> None:
    """Open a suspended account again, with the ways in it had; Refused("not_suspended")."""
    if not _set(user_id, User.suspended_at.is_not(None), None):
        raise Refused("not_suspended")
    journal.write("resumed", f"user:{user_id}", at=at, by=by, **from_console(by))


def end_sessions_of(user_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> int:
    """Sign somebody out everywhere, as an administrator; says of how many places."""
    count = end_sessions(user_id, because="elsewhere", at=at)
    journal.write("sessions_ended_by_administrator", f"user:{user_id}", at=at, by=by, **from_console(by), count=count)
    return count


def end_sessions_of_all(*, kept: uuid.UUID | None, by: uuid.UUID | None, at: datetime) -> int:
    """Sign everybody out but this one session; says how many were."""
    others = [Session.id != kept] if kept else []
    count = end_those(Session.expires_at > at, *others, because="elsewhere", at=at)
    journal.write("sessions_ended_by_administrator", "everybody", at=at, by=by, **from_console(by), count=count)
    return count


def end_sessions(user_id: uuid.UUID, *, because: str, at: datetime) -> int:
    """End every session of an account, half-open ones too; says how many there were."""
    return end_those(Session.user_id == user_id, Session.expires_at > at, because=because, at=at)


def unlock(user_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> int:
    """Let somebody try again now, whatever failed before, on any device; says how many counts there were."""
    count = forget_every_try(user_id)
    journal.write("unlocked", f"user:{user_id}", at=at, by=by, **from_console(by))
    return count


def from_console(by: uuid.UUID | None) -> dict[str, Any]:
    """What the journal notes of an act by nobody signed in: it came from whoever holds the server."""
    return {} if by else {"console": True}


def _set(user_id: uuid.UUID, condition: object, value: datetime | None) -> bool:
    done = db.session.execute(
        update(User)
        .where(User.id == user_id, condition)  # type: ignore[arg-type]  # a clause
        .values(suspended_at=value)
        .execution_options(synchronize_session="fetch")
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
