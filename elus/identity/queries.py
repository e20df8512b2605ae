"""What is asked about accounts and sessions."""

import uuid
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from elus.identity.models import Invitation, Passkey, RecoveryCode, Session, User, hash_token
from elus.identity.sealed import letter_hashes, typed_letter_code
from elus.identity.steps import Ways
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


def invitation(token: str) -> Select[Invitation]:
    """The invitation a mailed link or the code of a printed letter names, whatever became of it."""
    code = typed_letter_code(token)
    named = Invitation.token_hash.in_(letter_hashes(code)) if code else Invitation.token_hash == hash_token(token)
    return (
        select(Invitation).where(named, Invitation.printed.is_(code is not None)).options(joinedload(Invitation.user))
    )


def started_by(browser: str, at: datetime) -> Select[Invitation]:
    """The invitation this browser started and may go on with."""
    return (
        select(Invitation)
        .join(Invitation.user)
        .where(
            Invitation.browser_hash == hash_token(browser),
            Invitation.used_at.is_(None),
            Invitation.expires_at > at,
            User.suspended_at.is_(None),
        )
        .options(contains_eager(Invitation.user))
    )


def rescued(token: str, at: datetime) -> Select[Session]:
    """The session a rescue code opened: it proves nothing and leads to new ways in only."""
    return (
        select(Session)
        .join(Session.user)
        .where(
            Session.token_hash == hash_token(token),
            Session.factor == "rescue",
            Session.proven_at.is_(None),
            Session.ended_at.is_(None),
            Session.expires_at > at,
            User.suspended_at.is_(None),
        )
        .options(contains_eager(Session.user))
    )


def ways_of(user: User, *, since: datetime | None = None, needs_passkey: bool = False) -> Ways:
    """What opens an account, for `steps.next_step`; `since` leaves out what is older than a rescue."""
    keys = select(func.count()).where(Passkey.user_id == user.id)
    printed = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    row = db.session.execute(
        select(
            (keys.where(Passkey.created_at >= since) if since else keys).scalar_subquery(), printed.scalar_subquery()
        )
    ).one()
    return Ways(
        passkeys=row[0],
        password=user.password_hash is not None and _is_since(user.password_set_at, since),
        code=user.totp_confirmed_at is not None and _is_since(user.totp_confirmed_at, since),
        printed=row[1],
        needs_passkey=needs_passkey,
    )


def _is_since(at: datetime | None, since: datetime | None) -> bool:
    return since is None or (at is not None and at >= since)


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
