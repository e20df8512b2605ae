"""Invitations: a letter leads to a page, and only a human press starts anything (decision 12)."""

import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from elus.identity import mails
from elus.identity.actions.tries import insist_on_calm, note_failure
from elus.identity.models import Invitation, Passkey, RecoveryCode, User, hash_token
from elus.identity.origin import Origin
from elus.identity.queries import invitation as invitation_named
from elus.identity.sealed import letter_hashes, typed_letter_code
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused

VALID = timedelta(days=30)
BETWEEN_LETTERS = timedelta(minutes=10)


def invite(user: User, words: mails.Words, *, by: uuid.UUID | None, at: datetime) -> Invitation:
    """Post a new invitation; those still open no longer work. Refused("suspended"), or ("already_active") once the account is ready."""
    if user.activated_at is not None:
        raise Refused("already_active")
    if user.suspended_at is not None:
        raise Refused("suspended")
    _replace_open(user.id, at=at)
    token = secrets.token_urlsafe(24)
    invitation = Invitation(
        id=uuid.uuid4(), user_id=user.id, token_hash=hash_token(token), created_at=at, expires_at=at + VALID
    )
    db.session.add(invitation)
    mails.post_invitation(user, words, token=token, expires_at=invitation.expires_at, at=at)
    journal.write("invited", f"user:{user.id}", at=at, by=by)
    return invitation


def print_invitation(user: User, code: str, *, at: datetime) -> Invitation:
    """The invitation of a printed letter, whose code the caller made; those still open no longer work.

    Refused("already_active") once the account is ready.
    """
    if user.activated_at is not None:
        raise Refused("already_active")
    _replace_open(user.id, at=at)
    invitation = Invitation(
        id=uuid.uuid4(),
        user_id=user.id,
        token_hash=letter_hashes(code)[0],
        printed=True,
        created_at=at,
        expires_at=at + VALID,
    )
    db.session.add(invitation)
    return invitation


def find_letter(typed: str, *, origin: Origin, at: datetime) -> str | None:
    """The code somebody typed, if a letter holds it, whatever became of it; else None, counted behind the network address.

    Refused("too_many_tries", until=) while far too much failed there.
    """
    insist_on_calm(origin.behind, at=at)
    code = typed_letter_code(typed)
    if code and db.session.scalars(invitation_named(code)).first():
        return code
    note_failure(origin.behind, at=at)
    return None


def open_invitation(invitation_id: uuid.UUID, *, at: datetime) -> str:
    """Start an invitation, once: gives what this browser keeps to go on; Refused("no_longer_open") otherwise.

    Everything begins anew: whoever opened an earlier invitation, and was perhaps somebody else, leaves no way in.
    """
    browser = secrets.token_urlsafe(32)
    started = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.started_at.is_(None),
            Invitation.used_at.is_(None),
            Invitation.expires_at > at,
        )
        .values(started_at=at, browser_hash=hash_token(browser))
        .returning(Invitation.user_id)
    ).scalar()
    if started is None:
        raise Refused("no_longer_open")
    _begin_anew(started)
    return browser


def renew_invitation(invitation: Invitation, words: mails.Words, *, at: datetime) -> None:
    """Post another invitation to the account's own address, at most one every ten minutes (Refused("just_sent"))."""
    last = db.session.scalars(
        select(Invitation.created_at)
        .where(Invitation.user_id == invitation.user_id)
        .order_by(Invitation.created_at.desc())
        .limit(1)
    ).one()
    if at - last < BETWEEN_LETTERS:
        raise Refused("just_sent")
    invite(db.session.get_one(User, invitation.user_id), words, by=None, at=at)


def _replace_open(user_id: uuid.UUID, *, at: datetime) -> None:
    """The last invitation replaces the others, mailed or printed."""
    db.session.execute(
        update(Invitation)
        .where(Invitation.user_id == user_id, Invitation.used_at.is_(None), Invitation.expires_at > at)
        .values(expires_at=at)
    )


def _begin_anew(user_id: uuid.UUID) -> None:
    """Forget what was set of an account that never opened."""
    user = db.session.get_one(User, user_id, with_for_update=True)
    if user.activated_at is not None:
        raise Refused("no_longer_open")
    user.password_hash = user.password_set_at = None
    user.totp_secret = user.totp_confirmed_at = user.totp_counter = None
    for kept in (Passkey, RecoveryCode):
        db.session.execute(delete(kept).where(kept.user_id == user_id))
