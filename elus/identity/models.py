"""Accounts, their ways in, their devices and sessions, and what failed."""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, LargeBinary, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elus.kernel.db import Code, Id, Instant, Line, Model, Sealed

RESCUE = "rescue"
"""The factor of a session that a rescue code opened: nothing is proven, it only sets up new ways in."""


class User(Model):
    """The sign-in account of a person."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    email: Mapped[Line] = mapped_column(unique=True)  # casefolded; what is typed at sign-in
    password_hash: Mapped[Line | None]
    password_set_at: Mapped[Instant | None]
    totp_secret: Mapped[Sealed | None]  # sealed with WRAP_FIELD, bound to this row
    totp_confirmed_at: Mapped[Instant | None]
    totp_counter: Mapped[int | None]  # last time step used, strictly increasing (RFC 6238 §5.2)
    administrator_since: Mapped[Instant | None]
    created_at: Mapped[Instant]
    activated_at: Mapped[Instant | None]  # a way in and a safety net are set
    suspended_at: Mapped[Instant | None]  # by an administrator: nothing opens, nothing is lost

    @classmethod
    def opens(cls) -> ColumnElement[bool]:
        """SQL: the account is ready, and nobody suspended it."""
        return and_(cls.activated_at.is_not(None), cls.suspended_at.is_(None))


class Passkey(Model):
    """One device unlock (WebAuthn credential): « votre visage, votre empreinte ou le code de la tablette »."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # COSE (RFC 9052)
    seal: Mapped[Code]  # keyed hash of account, credential and public key: a row swapped in the database opens nothing
    sign_count: Mapped[int] = mapped_column(default=0)  # strictly increasing where the device counts
    backed_up: Mapped[bool] = mapped_column(default=False)  # kept by the maker's cloud, so on several devices
    transports: Mapped[list[Any]] = mapped_column(JSON, default=list)
    name: Mapped[Line]
    device_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("device.id"))  # where it was made, if it lives there
    created_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class SpentChallenge(Model):
    """A WebAuthn challenge that has served; kept until it would have expired anyway."""

    __tablename__ = "spent_challenge"

    challenge_hash: Mapped[Code] = mapped_column(primary_key=True)
    expires_at: Mapped[Instant] = mapped_column(index=True)


class Device(Model):
    """A browser from which an account was entered; it keeps a random token, the row its SHA-256."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("user_id", "token_hash"),)

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[Code]
    name: Mapped[Line | None]  # given by the person: « iPad du salon »
    client: Mapped[Line]
    network: Mapped[Code]
    created_at: Mapped[Instant]
    used_at: Mapped[Instant]
    lost_at: Mapped[Instant | None]  # « tablette perdue »: no longer known, must erase what it keeps


class Session(Model):
    """One server-side session; the cookie holds a random token, the row only its SHA-256."""

    __tablename__ = "session"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[Code] = mapped_column(unique=True)
    opened_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    ended_because: Mapped[Code | None]  # "signed_out", "elsewhere", "factor_changed", "lost", "rescued", "suspended"
    proven_at: Mapped[Instant | None]  # both factors; None while only the first step is done
    fresh_at: Mapped[Instant | None]  # when both were last proven again (`fresh_proof`)
    factor: Mapped[Code | None]  # "passkey", "totp", "recovery_code", "provider"; "rescue" before anything is proven
    long_lived: Mapped[bool] = mapped_column(default=False)  # « rester connecté sur cette tablette »
    client: Mapped[Line]
    network: Mapped[Code] = mapped_column(default="")  # /24 or /48: where roughly, never the whole address
    device_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("device.id"), index=True)

    user: Mapped[User] = relationship()
    device: Mapped[Device | None] = relationship()


class RecoveryCode(Model):
    """One printed code, usable once."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[Code]
    used_at: Mapped[Instant | None]


class Invitation(Model):
    """A way to set up an account, started by a human press; the link holds a token, the row its SHA-256."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[Code] = mapped_column(unique=True)  # keyed when the token is the short code of a printed letter
    printed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    started_at: Mapped[Instant | None]  # the press; from then on only the browser that pressed goes on
    browser_hash: Mapped[Code | None] = mapped_column(unique=True)  # SHA-256 of what that browser keeps
    used_at: Mapped[Instant | None]  # the account is ready

    user: Mapped[User] = relationship()


class ResetRequest(Model):
    """Somebody, perhaps unknown, asks to choose another password; the worker answers, so that no time tells who exists."""

    __tablename__ = "reset_request"

    id: Mapped[Id]
    address: Mapped[Sealed]
    asked_at: Mapped[Instant]


class PasswordReset(Model):
    """A mailed link to choose another password; it never suffices to enter, nor to choose without the second factor."""

    __tablename__ = "password_reset"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[Code] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class Rescue(Model):
    """Help to somebody who lost every way in: identity checked by people, a code for half an hour, used once."""

    __tablename__ = "rescue"

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    reason: Mapped[Line]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))  # None: from the console
    asked_at: Mapped[Instant]
    seconded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user_account.id"))
    code_hash: Mapped[Code | None]  # None while a second helper is awaited
    issued_at: Mapped[Instant | None]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    cancelled_at: Mapped[Instant | None]

    @classmethod
    def under_way(cls, at: datetime) -> ColumnElement[bool]:
        """SQL: a second helper is awaited, or the code may still serve."""
        return and_(cls.used_at.is_(None), cls.cancelled_at.is_(None), cls.expires_at > at)


class ExternalIdentity(Model):
    """An account of an identity provider (OIDC `iss` and `sub`), linked by somebody who proved both."""

    __tablename__ = "external_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Id]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    issuer: Mapped[Line]
    subject: Mapped[Line]
    linked_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class Failures(Model):
    """Tries not yet followed by a success, by keyed hash: of a typed address, known or not, of an account, of a network."""

    __tablename__ = "failures"

    address_mac: Mapped[Code] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since_at: Mapped[Instant | None]  # first of the window, where a window counts
    last_at: Mapped[Instant]
    blocked_until: Mapped[Instant | None]


def is_live(session: Session, at: datetime) -> bool:
    """Whether a session may still be used."""
    return session.ended_at is None and session.expires_at > at


def hash_token(token: str) -> str:
    """What a row keeps of a random token of 128 bits or more."""
    return hashlib.sha256(token.encode()).hexdigest()
