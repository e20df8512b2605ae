"""Proving both factors again: the session goes on under a new token, the old one is dead (decision 9)."""

import secrets
import uuid
from datetime import datetime

from sqlalchemy import select, update

from elus.identity.actions.tries import count_try, forget_tries, proofs_of
from elus.identity.models import Session, User, hash_token
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused


def try_again(user_id: uuid.UUID, *, at: datetime) -> str | None:
    """Count a try of somebody signed in who types the password again, and give what to compare it with."""
    count_try(proofs_of(user_id), at=at)
    return db.session.scalar(select(User.password_hash).where(User.id == user_id))


def renew_session(session_id: uuid.UUID, *, factor: str, at: datetime) -> str:
    """Note that both factors have just been proven again, and give the new token; Refused("ended") once the session is over."""
    token = secrets.token_urlsafe(32)
    session = db.session.scalars(
        select(Session).where(Session.id == session_id, Session.ended_at.is_(None)).with_for_update()
    ).first()
    if session is None:
        raise Refused("ended")
    db.session.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(token_hash=hash_token(token), fresh_at=at, factor=_stronger(session.factor, factor))
        .execution_options(synchronize_session=False)
    )
    forget_tries(proofs_of(session.user_id))
    journal.write("fresh_proof_given", f"user:{session.user_id}", at=at, by=session.user_id, factor=factor)
    return token


def _stronger(before: str | None, now: str) -> str:
    """By what a session was last proven, a device unlock never forgotten: it counts for both factors by itself."""
    return "passkey" if "passkey" in (before, now) else now
