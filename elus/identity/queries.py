"""What is asked about accounts and sessions."""

import uuid
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from elus.identity.models import (
    RESCUE,
    Invitation,
    PasswordReset,
    RecoveryCode,
    Rescue,
    Session,
    User,
    hash_token,
)
from elus.kernel.db import db


def pending(token: str, at: datetime) -> Select[Session]:
    """The session that waits for its second step."""
    return select(Session).where(
        Session.token_hash == hash_token(token),
        Session.ended_at.is_(None),
        Session.expires_at > at,
        Session.proven_at.is_(None),
        Session.factor.is_(None),
    )


def rescued(token: str, at: datetime) -> Select[Session]:
    """The session that a rescue code opened, and which may only set up new ways in."""
    return (
        select(Session)
        .join(Session.user)
        .where(
            Session.token_hash == hash_token(token),
            Session.ended_at.is_(None),
            Session.expires_at > at,
            Session.proven_at.is_(None),
            Session.factor == RESCUE,
            User.suspended_at.is_(None),
        )
        .options(contains_eager(Session.user))
    )


def reset(token: str) -> Select[PasswordReset]:
    """The mailed link to another password, whatever became of it."""
    return select(PasswordReset).where(PasswordReset.token_hash == hash_token(token))


def open_rescue(user_id: uuid.UUID, at: datetime) -> Select[Rescue]:
    """The help under way for an account: a second helper is awaited, or a code may still serve."""
    return select(Rescue).where(
        Rescue.user_id == user_id, Rescue.used_at.is_(None), Rescue.cancelled_at.is_(None), Rescue.expires_at > at
    )


def invitation(token: str) -> Select[Invitation]:
    """The invitation a link names, whatever became of it."""
    return select(Invitation).where(Invitation.token_hash == hash_token(token)).options(joinedload(Invitation.user))


def started_by(browser: str, at: datetime) -> Select[Invitation]:
    """The invitation this browser started and may go on with."""
    return (
        select(Invitation)
        .where(Invitation.browser_hash == hash_token(browser), Invitation.used_at.is_(None), Invitation.expires_at > at)
        .options(joinedload(Invitation.user))
    )


def live_sessions(user_id: uuid.UUID, at: datetime) -> Select[Session]:
    """Where a person is signed in, the last used first."""
    return (
        select(Session)
        .where(
            Session.user_id == user_id,
            Session.ended_at.is_(None),
            Session.expires_at > at,
            Session.proven_at.is_not(None),
        )
        .order_by(Session.seen_at.desc())
    )


def goes_on(session_id: uuid.UUID, at: datetime) -> bool:
    """Whether a session still opens anything: neither ended nor expired, its account neither closed nor suspended."""
    return (
        db.session.scalar(
            select(Session.id)
            .join(User, Session.user_id == User.id)
            .where(
                Session.id == session_id,
                Session.ended_at.is_(None),
                Session.expires_at > at,
                User.activated_at.is_not(None),
                User.suspended_at.is_(None),
            )
        )
        is not None
    )


def codes_left(user_id: uuid.UUID) -> Select[int]:
    """How many recovery codes may still serve."""
    return select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))


def last_invitation_used(user_id: uuid.UUID) -> Select[Invitation]:
    """The invitation by which an account was set up."""
    return (
        select(Invitation)
        .where(Invitation.user_id == user_id, Invitation.started_at.is_not(None), Invitation.used_at.is_not(None))
        .order_by(Invitation.started_at.desc())
        .limit(1)
    )
