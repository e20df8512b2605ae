"""Accounts, their factors, their sessions, and what failed."""

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elus.kernel.db import Code, Id, Instant, Line, Model, Sealed


class User(Model):
    """The sign-in account of a person."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), unique=True)
    email: Mapped[Line] = mapped_column(unique=True)  # casefolded; what is typed at sign-in
    password_hash: Mapped[Line | None]
    totp_secret: Mapped[Sealed | None]  # sealed with WRAP_FIELD, bound to this row
    totp_confirmed_at: Mapped[Instant | None]
    totp_counter: Mapped[int | None]  # last time step used, strictly increasing (RFC 6238 §5.2)
    administrator_since: Mapped[Instant | None]
    created_at: Mapped[Instant]
    activated_at: Mapped[Instant | None]  # both factors and recovery codes are set


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
    proven_at: Mapped[Instant | None]  # the second factor; None while only the password is proven
    factor: Mapped[Code | None]  # "totp", "recovery_code", later "passkey"
    long_lived: Mapped[bool] = mapped_column(default=False)  # « rester connecté sur cette tablette »
    client: Mapped[Line]

    user: Mapped[User] = relationship()


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
    token_hash: Mapped[Code] = mapped_column(unique=True)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    started_at: Mapped[Instant | None]  # the press; from then on only the browser that pressed goes on
    browser_hash: Mapped[Code | None] = mapped_column(unique=True)  # SHA-256 of what that browser keeps
    used_at: Mapped[Instant | None]  # the account is ready

    user: Mapped[User] = relationship()


class Failures(Model):
    """Tries not yet followed by a success, by keyed hash of the typed address, known or not (and of the account for its codes)."""

    __tablename__ = "failures"

    address_mac: Mapped[Code] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[Instant]
    blocked_until: Mapped[Instant | None]


def is_live(session: Session, at: datetime) -> bool:
    """Whether a session may still be used."""
    return session.ended_at is None and session.expires_at > at


def hash_token(token: str) -> str:
    """What a row keeps of a random token of 128 bits or more."""
    return hashlib.sha256(token.encode()).hexdigest()
