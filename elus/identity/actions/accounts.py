"""What an account is made of: its password, the key of its codes, its recovery codes."""

import uuid
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import delete, select

from elus.identity import totp
from elus.identity.actions.links import end_reset_links
from elus.identity.actions.proofs import take_counter
from elus.identity.actions.tries import codes_of, count_try, forget_tries
from elus.identity.models import RecoveryCode, User
from elus.identity.sealed import new_code, recovery_hash, seal_totp, totp_secret
from elus.kernel.db import db
from elus.kernel.errors import Refused

RECOVERY_CODES = 8


class Holder(Protocol):
    """Whoever may hold an account: a Person of `organizations`, which stands above this feature."""

    id: Any
    email: Any


def create_account(person: Holder, *, at: datetime) -> User:
    """The account of a person, made if needed; Refused("no_address") or ("address_taken")."""
    address = str(person.email or "").strip().casefold()
    if not address:
        raise Refused("no_address")
    user = db.session.scalars(select(User).where(User.person_id == person.id)).first()
    taken = db.session.scalar(select(User.person_id).where(User.email == address))
    if taken is not None and taken != person.id:
        raise Refused("address_taken", address=address)
    if user is None:
        user = User(id=uuid.uuid4(), person_id=person.id, email=address, created_at=at)
        db.session.add(user)
    elif user.activated_at is None:
        user.email = address
    db.session.flush()
    return user


def set_password(user: User, password_hash: str) -> None:
    """Keep the hash of a password, made by `passwords.hash_password` while no transaction was open."""
    user.password_hash = password_hash
    end_reset_links(user.id)


def prepare_totp(user: User) -> None:
    """Give an account the key of its codes, not yet confirmed; the same one until it is."""
    if user.totp_secret is None:
        user.totp_secret = seal_totp(user.id, totp.new_secret())


def confirm_totp(user_id: uuid.UUID, typed: str, *, at: datetime) -> bool:
    """Confirm the key by one of its codes; False when it does not fit (the try stays counted)."""
    count_try(codes_of(user_id), at=at)
    user = db.session.get_one(User, user_id)
    secret, code = totp_secret(user), totp.cleaned(typed)
    counter = totp.accepted(secret, code, at) if secret and code else None
    if counter is None or not take_counter(user_id, counter):
        return False
    user.totp_confirmed_at = at
    forget_tries(codes_of(user_id))
    return True


def enrol_totp(user: User, secret: str, *, at: datetime) -> None:
    """Give an account a key already confirmed elsewhere (demonstration, import)."""
    user.totp_secret = seal_totp(user.id, secret)
    user.totp_confirmed_at = at
    user.totp_counter = None


def new_recovery_codes(user: User) -> list[str]:
    """Eight new codes, shown once; the former ones no longer work."""
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=recovery_hash(user.id, code)) for code in codes)
    return codes
