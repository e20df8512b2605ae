"""What is asked about accounts and sessions."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
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
from elus.identity.sealed import letter_hashes, typed_letter_code
from elus.identity.ways import Ways
from elus.kernel.db import db


def reset(token: str) -> Select[PasswordReset]:
    """The mailed link to another password, whatever became of it."""
    return select(PasswordReset).where(PasswordReset.token_hash == hash_token(token))


def open_rescue(user_id: uuid.UUID, at: datetime) -> Select[Rescue]:
    """The help under way for an account: a second helper is awaited, or a code may still serve."""
    return select(Rescue).where(Rescue.user_id == user_id, Rescue.under_way(at))


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
        .where(Session.token_hash == hash_token(token), *_of_a_rescue(at), User.suspended_at.is_(None))
        .options(contains_eager(Session.user))
    )


def is_rescued(user_id: uuid.UUID, at: datetime) -> bool:
    """Whether somebody is setting new ways in by a rescue code, at this moment."""
    return bool(db.session.scalar(select(exists().where(Session.user_id == user_id, *_of_a_rescue(at)))))


def _of_a_rescue(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """SQL: a session that a rescue code opened, and that may still set up new ways in."""
    return (
        Session.factor == RESCUE,
        Session.proven_at.is_(None),
        Session.ended_at.is_(None),
        Session.expires_at > at,
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
                User.opens(),
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


def passkeys_of(user_id: uuid.UUID) -> Select[Passkey]:
    """The device unlocks of an account, in the order they were added."""
    return select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at, Passkey.id)


def has_passkey(user_id: uuid.UUID) -> Select[bool]:
    """Whether an account can be entered by device unlock."""
    return select(exists().where(Passkey.user_id == user_id))


@dataclass(frozen=True)
class Held:
    """Everything an account holds to be entered with, at one instant."""

    user: User
    passkeys: tuple[Passkey, ...]
    codes: tuple[RecoveryCode, ...]
    needs_passkey: bool  # staff, where device unlock is compulsory

    @property
    def ways(self) -> Ways:
        return Ways(
            passkeys=len(self.passkeys),
            password=self.user.password_hash is not None,
            code=self.user.totp_confirmed_at is not None,
            printed=sum(code.used_at is None for code in self.codes),
            needs_passkey=self.needs_passkey,
        )

    @property
    def revision(self) -> str:
        """Changes with every way in; a form pressed twice, or on two tablets, is recognised by it."""
        user = self.user
        rows = sorted([str(one.id) for one in self.passkeys] + [str(one.id) for one in self.codes])
        whole = [user.password_hash, user.totp_secret, user.totp_confirmed_at, rows]
        return hashlib.sha256(repr(whole).encode()).hexdigest()[:16]


def held_by(user: User, *, needs_passkey: bool = False) -> Held:
    """The ways into an account, the oldest device unlock first."""
    passkeys = db.session.scalars(passkeys_of(user.id))
    codes = db.session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user.id))
    return Held(user, tuple(passkeys), tuple(codes), needs_passkey)


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
