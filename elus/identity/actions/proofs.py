"""Proving who one is: the password, then a code; every one-shot thing goes by one conditional UPDATE (decision 10)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, exists, or_, select, update

from elus.identity import totp
from elus.identity.actions.tries import codes_of, count_try, door, forget_tries, insist_on_calm, note_failure
from elus.identity.models import Device, RecoveryCode, User
from elus.identity.origin import Origin
from elus.identity.policy import FREE
from elus.identity.sealed import opened_totp, recovery_hashes
from elus.kernel import journal
from elus.kernel.db import db

DRIFT_TOLD = 3  # tries: telling the drift to somebody who guesses would help the guess
TELLING_DRIFT = 2  # minutes
NOWHERE = Origin("")


@dataclass(frozen=True)
class Attempt:
    """What the page compares, once no transaction is open; nothing here says whether the address is known."""

    key: str
    user_id: uuid.UUID | None
    password_hash: str | None
    tries: int = 1


@dataclass(frozen=True)
class Proof:
    """What became of a second factor: why it was refused, if it was, and how many tries failed before it was not."""

    why: str | None
    tries: int = 0
    known: bool = False  # on a device the account was entered from


def try_password(address: str, *, at: datetime, origin: Origin = NOWHERE) -> Attempt:
    """Count a try for an address, known or not, and give what to compare the password with; Refused("too_many_tries", until=).

    On a device its owner entered from, only what failed on that device counts.
    """
    values = {"address": address.strip().casefold(), "device": origin.device}
    row = _run(_account(), values).first()
    known = bool(row and row.known)
    if not known:
        insist_on_calm(origin.behind, at=at)
    key = door(address, origin.device if known else None)
    tries = count_try(key, at=at)
    return Attempt(key, row.id, row.password_hash, tries) if row else Attempt(key, None, None, tries)


def refuse_password(attempt: Attempt, *, origin: Origin, at: datetime) -> None:
    """A password did not fit: counted behind its network and everywhere; insistence on an account goes to the journal."""
    note_failure(origin.behind, at=at)
    if attempt.user_id is not None and attempt.tries >= FREE:
        journal.write("sign_in_refused", f"user:{attempt.user_id}", at=at, client=origin.client, tries=attempt.tries)


def prove(user_id: uuid.UUID, factor: str, typed: str, *, at: datetime, origin: Origin = NOWHERE) -> Proof:
    """Use a second factor ("totp", "recovery_code") once, after the password; a success starts both counts anew.

    A failed try stays counted, which is why nothing is raised: the caller commits. Refused("too_many_tries", until=) while one must wait.
    """
    row = _run(_secrets(), {"of": user_id, "device": origin.device}).one()
    device = origin.device if row.known else None
    key = codes_of(user_id, device)
    tries = count_try(key, at=at)
    why = CHECKS[factor](row, typed, tries, at)
    if why:
        note_failure(origin.behind, at=at)
        return Proof(why)
    return Proof(None, max(0, forget_tries(key, door(row.email, device)) - 2), bool(row.known))


def use_code(user_id: uuid.UUID, typed: str, *, at: datetime, origin: Origin = NOWHERE) -> str | None:
    """Use a code of six digits once: None when it is right, else why not ("wrong", "used", "ahead:4", "late:4")."""
    return prove(user_id, "totp", typed, at=at, origin=origin).why


def use_recovery_code(user_id: uuid.UUID, typed: str, *, at: datetime, origin: Origin = NOWHERE) -> str | None:
    """Use a recovery code once: None when it is right, else "wrong"."""
    return prove(user_id, "recovery_code", typed, at=at, origin=origin).why


def take_counter(user_id: uuid.UUID, counter: int) -> bool:
    """Use a time step, strictly after the last one used (RFC 6238 §5.2); False when it has already served."""
    return bool(_run(_taking(), {"of": user_id, "counter": counter}).rowcount)


def _check_code(row: Any, typed: str, tries: int, at: datetime) -> str | None:
    secret, code = opened_totp(row.id, row.totp_secret), totp.cleaned(typed)
    if secret is None or row.totp_confirmed_at is None or code is None:
        return "wrong"
    counter = totp.accepted(secret, code, at)
    if counter is None:
        return why_not(secret, code, at) if tries <= DRIFT_TOLD else "wrong"
    return None if take_counter(row.id, counter) else "used"


def _check_recovery_code(row: Any, typed: str, _tries: int, at: datetime) -> str | None:
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == row.id,
            RecoveryCode.code_hash.in_(recovery_hashes(row.id, typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        return "wrong"
    journal.write("recovery_code_used", f"user:{row.id}", at=at, by=row.id)
    return None


CHECKS = {"totp": _check_code, "recovery_code": _check_recovery_code}


def why_not(secret: str, code: str, at: datetime) -> str:
    """Why a code does not fit: "wrong", or by how many minutes the clock that made it is off ("ahead:4", "late:4")."""
    minutes = totp.drift(secret, code, at)
    if minutes is None or abs(minutes) < TELLING_DRIFT:
        return "wrong"
    return f"{'ahead' if minutes > 0 else 'late'}:{abs(minutes)}"


def _run(statement: Any, values: dict[str, Any]) -> Any:
    return db.session.connection().execute(statement, values)


def _known() -> Any:
    return (
        exists()
        .where(Device.user_id == User.id, Device.token_hash == bindparam("device"), Device.lost_at.is_(None))
        .label("known")
    )


@cache
def _account() -> Select[*tuple[Any, ...]]:
    return select(User.id, User.password_hash, _known()).where(User.email == bindparam("address"), User.opens())


@cache
def _secrets() -> Select[*tuple[Any, ...]]:
    return select(User.id, User.email, User.totp_secret, User.totp_confirmed_at, _known()).where(
        User.id == bindparam("of")
    )


@cache
def _taking() -> Update:
    return (
        update(User)
        .where(User.id == bindparam("of"), or_(User.totp_counter.is_(None), User.totp_counter < bindparam("counter")))
        .values(totp_counter=bindparam("counter"))
    )
