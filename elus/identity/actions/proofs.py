"""Proving who one is: the password, then a code; every one-shot thing goes by one conditional UPDATE (decision 10)."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from elus.identity import totp
from elus.identity.actions.tries import count_try, door, forget_tries
from elus.identity.models import RecoveryCode, User
from elus.identity.sealed import recovery_hashes, totp_secret
from elus.kernel import journal
from elus.kernel.db import db

DRIFT_TOLD = 3  # tries: telling the drift to somebody who guesses would help the guess
TELLING_DRIFT = 2  # minutes


@dataclass(frozen=True)
class Attempt:
    """What the page compares, once no transaction is open; nothing here says whether the address is known."""

    key: str
    user_id: uuid.UUID | None
    password_hash: str | None


def try_password(address: str, *, at: datetime) -> Attempt:
    """Count a try for an address, known or not, and give what to compare the password with."""
    key = door(address)
    count_try(key, at=at)
    row = db.session.execute(
        select(User.id, User.password_hash).where(
            User.email == address.strip().casefold(),
            User.activated_at.is_not(None),
            User.suspended_at.is_(None),
        )
    ).first()
    return Attempt(key, row[0] if row else None, row[1] if row else None)


def use_code(user_id: uuid.UUID, typed: str, *, at: datetime) -> str | None:
    """Use a code of six digits once: None when it is right, else why not ("wrong", "used", "ahead:4", "late:4").

    The failed try stays counted, which is why nothing is raised: the caller commits.
    """
    tries = count_try(codes_of(user_id), at=at)
    user = db.session.get_one(User, user_id)
    secret, code = totp_secret(user), totp.cleaned(typed)
    if secret is None or user.totp_confirmed_at is None or code is None:
        return "wrong"
    counter = totp.accepted(secret, code, at)
    if counter is None:
        return why_not(secret, code, at) if tries <= DRIFT_TOLD else "wrong"
    if not take_counter(user_id, counter):
        return "used"
    forget_tries(codes_of(user_id))
    return None


def use_recovery_code(user_id: uuid.UUID, typed: str, *, at: datetime) -> str | None:
    """Use a recovery code once: None when it is right, else "wrong" (the try stays counted)."""
    count_try(codes_of(user_id), at=at)
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash.in_(recovery_hashes(user_id, typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        return "wrong"
    forget_tries(codes_of(user_id))
    journal.write("recovery_code_used", f"user:{user_id}", at=at, by=user_id)
    return None


def take_counter(user_id: uuid.UUID, counter: int) -> bool:
    """Use a time step, strictly after the last one used (RFC 6238 §5.2); False when it has already served."""
    taken = db.session.execute(
        update(User)
        .where(User.id == user_id, or_(User.totp_counter.is_(None), User.totp_counter < counter))
        .values(totp_counter=counter)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def codes_of(user_id: uuid.UUID) -> str:
    """The key the codes of an account are counted by."""
    return door(f"code of {user_id}")


def why_not(secret: str, code: str, at: datetime) -> str:
    """Why a code does not fit: "wrong", or by how many minutes the clock that made it is off ("ahead:4", "late:4")."""
    minutes = totp.drift(secret, code, at)
    if minutes is None or abs(minutes) < TELLING_DRIFT:
        return "wrong"
    return f"{'ahead' if minutes > 0 else 'late'}:{abs(minutes)}"
