"""What is asked about accounts and sessions."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from elus.identity.models import (
    RESCUE,
    Device,
    Invitation,
    Passkey,
    PasswordReset,
    RecoveryCode,
    Rescue,
    Session,
    User,
    hash_token,
)
from elus.identity.ways import Ways
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


@dataclass(frozen=True)
class Held:
    """Everything an account holds to be entered with, at one instant."""

    user: User
    passkeys: tuple[Passkey, ...]
    codes: tuple[RecoveryCode, ...]

    @property
    def ways(self) -> Ways:
        return Ways(
            passkeys=len(self.passkeys),
            password=self.user.password_hash is not None,
            code=self.user.totp_confirmed_at is not None,
            recovery=sum(code.used_at is None for code in self.codes),
        )

    @property
    def revision(self) -> str:
        """Changes with every way in; a form pressed twice, or on two tablets, is recognised by it."""
        user = self.user
        rows = sorted([str(one.id) for one in self.passkeys] + [str(one.id) for one in self.codes])
        whole = [user.password_hash, user.totp_secret, user.totp_confirmed_at, rows]
        return hashlib.sha256(repr(whole).encode()).hexdigest()[:16]


def held_by(user: User) -> Held:
    """The ways into an account, the oldest device unlock first."""
    passkeys = db.session.scalars(
        select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.created_at, Passkey.id)
    )
    codes = db.session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user.id))
    return Held(user, tuple(passkeys), tuple(codes))


SIGN_INS_OVER = timedelta(days=30)
SIGN_INS_SHOWN = 50
DEVICES_SHOWN = 30


def recent_sessions(user_id: uuid.UUID, at: datetime) -> Select[Session]:
    """Where a person entered in the last thirty days, the last first, each with its device; live ones are always there."""
    return (
        select(Session)
        .where(
            Session.user_id == user_id,
            Session.proven_at.is_not(None),
            or_(Session.opened_at > at - SIGN_INS_OVER, Session.ended_at.is_(None) & (Session.expires_at > at)),
        )
        .options(joinedload(Session.device))
        .order_by(Session.ended_at.is_not(None), Session.opened_at.desc(), Session.id)
        .limit(SIGN_INS_SHOWN)
    )


def known_devices(user_id: uuid.UUID) -> Select[Device]:
    """The devices from which a person entered, the last used first; those declared lost are no longer known."""
    return (
        select(Device)
        .where(Device.user_id == user_id, Device.lost_at.is_(None))
        .order_by(Device.used_at.desc(), Device.id)
        .limit(DEVICES_SHOWN)
    )


def own_device(user_id: uuid.UUID, device_id: uuid.UUID) -> Select[Device]:
    """One device of a person, lost or not."""
    return select(Device).where(Device.user_id == user_id, Device.id == device_id)


def own_passkey(user_id: uuid.UUID, passkey_id: uuid.UUID) -> Select[Passkey]:
    """One device unlock of a person."""
    return select(Passkey).where(Passkey.user_id == user_id, Passkey.id == passkey_id)


def own_session(user_id: uuid.UUID, session_id: uuid.UUID) -> Select[Session]:
    """One session of a person, ended or not."""
    return select(Session).where(Session.user_id == user_id, Session.id == session_id, Session.proven_at.is_not(None))
