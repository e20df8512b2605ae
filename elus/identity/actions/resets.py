"""Choosing another password: the link is mailed by the worker, and the second factor is asked all the same.

Answers the compromised mailbox (the link alone opens nothing), the guess of who has an account (the request never looks),
and the mailbox flooded by somebody else (three letters an hour).
"""

import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from elus.identity import mails, totp
from elus.identity.actions.accounts import set_password
from elus.identity.actions.oversight import end_sessions
from elus.identity.actions.proofs import use_code, use_recovery_code
from elus.identity.actions.tries import forget_every_try
from elus.identity.models import PasswordReset, ResetRequest, User, hash_token
from elus.identity.origin import Origin
from elus.identity.queries import is_rescued
from elus.kernel import journal
from elus.kernel.blobs import keyring
from elus.kernel.db import db

VALID = timedelta(minutes=30)
LETTERS, WINDOW = 3, timedelta(hours=1)
AT_ONCE = 500


def ask_reset(address: str, *, at: datetime) -> None:
    """Note that somebody wants another password; whether the address is known is not even looked at."""
    request_id = uuid.uuid4()
    sealed = keyring().seal(address.strip().casefold().encode(), _binding(request_id))
    db.session.add(ResetRequest(id=request_id, address=sealed, asked_at=at))


def answer_resets(*, at: datetime) -> int:
    """Post the links asked for, by people who have an account; says how many requests were handled."""
    asked = db.session.scalars(select(ResetRequest).order_by(ResetRequest.asked_at).limit(AT_ONCE)).all()
    for request in asked:
        address = keyring().open(request.address, _binding(request.id)).decode()
        _answer(address, at)
    if asked:
        db.session.execute(delete(ResetRequest).where(ResetRequest.id.in_([request.id for request in asked])))
    return len(asked)


def reset_password(reset_id: uuid.UUID, password_hash: str, typed: str, *, origin: Origin, at: datetime) -> str | None:
    """Keep the new password if the code is right too: None, else why not ("wrong", "used", "ahead:4", "ended").

    The failed try stays counted, which is why nothing is raised: the caller commits.
    """
    reset = db.session.get_one(PasswordReset, reset_id)
    user = db.session.get_one(User, reset.user_id)
    if not is_open(reset, at) or user.suspended_at is not None or is_rescued(user.id, at):
        return "ended"
    user_id = user.id
    use = use_code if totp.cleaned(typed) else use_recovery_code
    if why := use(user_id, typed, at=at, origin=origin):
        return why
    taken = db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.id == reset_id, PasswordReset.used_at.is_(None), PasswordReset.expires_at > at)
        .values(used_at=at)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        return "ended"
    set_password(user, password_hash)
    user.password_set_at = at
    end_sessions(user_id, because="factor_changed", at=at)
    forget_every_try(user_id)
    journal.write("password_reset", f"user:{user_id}", at=at, by=user_id, client=origin.client)
    mails.tell(user, "password_reset", at=at, origin=origin)
    return None


def is_open(reset: PasswordReset, at: datetime) -> bool:
    """Whether a link may still serve."""
    return reset.used_at is None and reset.expires_at > at


def _answer(address: str, at: datetime) -> None:
    user = db.session.scalars(select(User).where(User.email == address, User.opens())).first()
    if user is None:
        return
    recent = db.session.scalar(
        select(func.count()).where(PasswordReset.user_id == user.id, PasswordReset.created_at > at - WINDOW)
    )
    if (recent or 0) >= LETTERS:
        return
    token = secrets.token_urlsafe(24)
    # somebody without a password has none to forget: the letter says so, and its link is never born
    kept_until = at + VALID if user.password_hash else at
    db.session.add(
        PasswordReset(
            id=uuid.uuid4(), user_id=user.id, token_hash=hash_token(token), created_at=at, expires_at=kept_until
        )
    )
    mails.post_reset(user, token=token if user.password_hash else None, until=kept_until, at=at)
    journal.write("password_reset_asked", f"user:{user.id}", at=at)


def _binding(request_id: uuid.UUID) -> bytes:
    return f"elus/v1|reset_request|{request_id}|address".encode()
