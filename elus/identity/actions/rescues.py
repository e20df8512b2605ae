"""A rescue code: given by people who checked the identity, used once within half an hour, it only sets up new ways in.

Who may give one is decided above, by memberships. Answers the impostor on the phone (people, a reason, letters to all
concerned), the guessed code (58 bits, counted tries) and the code used twice (one conditional UPDATE).
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update

from elus.identity.actions.oversight import from_console
from elus.identity.actions.sessions import end_those
from elus.identity.actions.tries import count_try, forget_tries, insist_on_calm, note_failure, rescue_of
from elus.identity.models import RESCUE, Rescue, Session, User
from elus.identity.origin import Origin
from elus.identity.sealed import new_code, rescue_hashes
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused

VALID = timedelta(minutes=30)


def ask_rescue(user_id: uuid.UUID, *, reason: str, by: uuid.UUID | None, at: datetime) -> Rescue:
    """Begin to help somebody; whatever help was under way is cancelled. Refused("not_active") or ("suspended")."""
    user = db.session.get_one(User, user_id, with_for_update=True)
    if user.activated_at is None:
        raise Refused("not_active")
    if user.suspended_at is not None:
        raise Refused("suspended")
    if not reason.strip():
        raise Refused("no_reason")
    cancel_rescues(user_id, by=by, at=at)
    rescue = Rescue(
        id=uuid.uuid4(), user_id=user_id, reason=reason.strip(), asked_by=by, asked_at=at, expires_at=at + VALID
    )
    db.session.add(rescue)
    db.session.flush()
    return rescue


def issue_rescue(rescue_id: uuid.UUID, *, seconded_by: uuid.UUID | None, at: datetime) -> str:
    """The code, told once; Refused("no_longer_open") when somebody was faster, cancelled, or came too late."""
    rescue = db.session.get_one(Rescue, rescue_id)
    code = new_code()
    issued = db.session.execute(
        update(Rescue)
        .where(
            Rescue.id == rescue_id,
            Rescue.code_hash.is_(None),
            Rescue.under_way(at),
        )
        .values(
            code_hash=rescue_hashes(rescue.user_id, code)[0],
            seconded_by=seconded_by,
            issued_at=at,
            expires_at=at + VALID,
        )
        .execution_options(synchronize_session="fetch")
    )
    if issued.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        raise Refused("no_longer_open")
    by = seconded_by or rescue.asked_by
    journal.write("rescue_issued", f"user:{rescue.user_id}", at=at, by=by, **from_console(by))
    return code


def cancel_rescues(user_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> int:
    """Let no help under way for an account serve any more, nor the pages a code has opened; says how many there were."""
    cancelled = db.session.execute(
        update(Rescue)
        .where(
            Rescue.user_id == user_id,
            Rescue.under_way(at),
        )
        .values(cancelled_at=at)
        .execution_options(synchronize_session="fetch")
    )
    count = int(cancelled.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
    end_those(Session.user_id == user_id, Session.factor == RESCUE, because="rescued", at=at)
    if count:
        journal.write("rescue_cancelled", f"user:{user_id}", at=at, by=by)
    return count


def use_rescue(address: str, typed: str, *, origin: Origin, at: datetime) -> uuid.UUID | None:
    """Use a code once: whose account it opens a crack, or None (the try stays counted); the same work, known or not."""
    insist_on_calm(origin.behind, at=at)
    key = rescue_of(address, origin.behind)
    count_try(key, at=at)
    known = db.session.scalar(select(User.id).where(User.email == address.strip().casefold(), User.opens()))
    user_id = known or uuid.uuid4()
    used = db.session.execute(
        update(Rescue)
        .where(
            Rescue.user_id == user_id,
            Rescue.code_hash.in_(rescue_hashes(user_id, typed)),
            Rescue.under_way(at),
        )
        .values(used_at=at)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        note_failure(origin.behind, at=at)
        return None
    forget_tries(key)
    journal.write("rescue_used", f"user:{user_id}", at=at, by=user_id, client=origin.client)
    return user_id
