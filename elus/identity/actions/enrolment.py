"""Setting ways in, on a first visit and after a rescue; then the account is active and the doors open.

After a rescue `since` is the instant it began: what is older no longer counts, and goes once a new way in is proven.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, update

from elus.identity import mails
from elus.identity.actions.accounts import confirm_totp, new_recovery_codes, prepare_totp, set_password
from elus.identity.actions.sessions import end_those, open_restricted
from elus.identity.actions.tries import forget_every_try
from elus.identity.models import RESCUE, ExternalIdentity, Invitation, Passkey, RecoveryCode, Session, User
from elus.identity.origin import Origin
from elus.identity.queries import ways_of
from elus.identity.steps import Step, next_step
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused

RESCUED = timedelta(minutes=30)


def open_rescued(user_id: uuid.UUID, *, origin: Origin, at: datetime) -> str:
    """The session a right rescue code opens: half an hour to set new ways in, and nothing else; gives its token.

    Whoever tried codes on the lost tablet makes nobody wait here.
    """
    forget_every_try(user_id)
    return open_restricted(user_id, factor=RESCUE, expires_at=at + RESCUED, origin=origin, at=at)


def choose_password(user: User, password_hash: str, *, since: datetime | None, origin: Origin, at: datetime) -> None:
    """Keep a password just chosen; where it is to be the way in, a key of codes waits to be confirmed.

    After a rescue the former key and printed codes go at once: they would open with the new password.
    """
    first = not ways_of(user, since=since).proven
    set_password(user, password_hash)
    user.password_set_at = at
    if user.activated_at is not None:
        journal.write("password_changed", f"user:{user.id}", at=at, by=user.id)
        mails.tell(user, "password_changed", at=at, origin=origin)
    if first and since is not None:
        _drop_code(user, older=since)
        _drop_printed(user.id)
    if first:
        prepare_totp(user)


def confirm_code(user_id: uuid.UUID, typed: str, *, since: datetime | None, origin: Origin, at: datetime) -> bool:
    """Confirm the key of the codes, and with it the way in; False when the code does not fit (the try stays counted)."""
    if not confirm_totp(user_id, typed, at=at):
        return False
    confirm_new_way(user_id, since=since, at=at)
    user = db.session.get_one(User, user_id)
    if user.activated_at is not None:
        journal.write("code_changed", f"user:{user_id}", at=at, by=user_id)
        mails.tell(user, "code_changed", at=at, origin=origin)
    return True


def print_codes(user_id: uuid.UUID, *, at: datetime) -> list[str]:
    """Eight codes to print, shown once."""
    user = db.session.get_one(User, user_id)
    if user.activated_at is not None:
        journal.write("recovery_codes_renewed", f"user:{user_id}", at=at, by=user_id)
    return new_recovery_codes(user)


def confirm_new_way(user_id: uuid.UUID, *, since: datetime | None, at: datetime) -> None:
    """A way in was just proven; after a rescue, what opened the account before no longer does, here or elsewhere.

    Called in the transaction that registers a passkey or confirms the key of the codes; only the first way since the rescue counts.
    """
    db.session.flush()
    user = db.session.get_one(User, user_id)
    if since is None:
        return
    ways = ways_of(user, since=since)
    if ways.passkeys + int(ways.code) != 1:
        return
    db.session.execute(delete(Passkey).where(Passkey.user_id == user_id, Passkey.created_at < since))
    db.session.execute(
        delete(ExternalIdentity).where(ExternalIdentity.user_id == user_id, ExternalIdentity.linked_at < since)
    )
    _drop_printed(user_id)
    _drop_code(user, older=since)
    if not ways.password:
        user.password_hash = user.password_set_at = None
    end_those(Session.user_id == user_id, _is_other(), because="rescued", at=at)


def activate(user: User, *, since: datetime | None = None, at: datetime) -> None:
    """Open the account once a way in and a safety net are set; Refused("incomplete") otherwise.

    What was begun and left on the way (a password without its code) goes: it would open nothing, and be told as a way in.
    """
    db.session.flush()
    ways = ways_of(user, since=since)
    if next_step(ways) is not Step.READY:
        raise Refused("incomplete")
    if not ways.code:
        user.totp_secret = user.totp_confirmed_at = user.totp_counter = None
        if not ways.printed:
            user.password_hash = user.password_set_at = None
    if user.activated_at is None:
        user.activated_at = at
        journal.write("account_activated", f"user:{user.id}", at=at, by=user.id)
    db.session.execute(
        update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None)).values(used_at=at)
    )


def _drop_code(user: User, *, older: datetime) -> None:
    """The key of the codes goes, unless it was confirmed since."""
    if user.totp_confirmed_at is None or user.totp_confirmed_at < older:
        user.totp_secret = user.totp_confirmed_at = user.totp_counter = None


def _drop_printed(user_id: uuid.UUID) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _is_other() -> ColumnElement[bool]:
    """SQL: not the session of the rescue itself, in which the person goes on."""
    return or_(Session.factor.is_(None), Session.factor != RESCUE)
