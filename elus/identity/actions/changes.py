"""Changing one's ways in: what was open elsewhere ends, the journal has a line, the person a letter (decision 9).

Answers the intruder who adds a way in quietly, and the owner who would close the last one.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from elus.identity import mails, queries, totp
from elus.identity.actions.accounts import enrol_totp, new_recovery_codes, set_password
from elus.identity.actions.proofs import why_not
from elus.identity.actions.sessions import end_other_sessions, end_session, end_those
from elus.identity.actions.tries import count_try, forget_tries, own_password
from elus.identity.models import Passkey, Session, User
from elus.identity.origin import Origin
from elus.identity.ways import why_kept
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused


@dataclass(frozen=True)
class Acting:
    """Who changes something in their own account, in the one session that goes on, and from where."""

    user_id: uuid.UUID
    session_id: uuid.UUID | None
    origin: Origin | None = None


def factor_changed(
    action: journal.Action,
    *,
    by: Acting,
    at: datetime,
    told: str | None = None,
    detail: dict[str, str] | None = None,
    **facts: Any,
) -> None:
    """What follows every change of a way in; `told` is one of `mails.CHANGES`, the act itself unless said, `facts` complete it."""
    user = db.session.get_one(User, by.user_id)
    end_other_sessions(user.id, kept=by.session_id, at=at, because="factor_changed")
    journal.write(action, f"user:{user.id}", at=at, by=user.id, **(detail or {}))
    mails.tell(user, told or action, at=at, origin=by.origin, **facts)


def try_current_password(user_id: uuid.UUID, *, at: datetime) -> str | None:
    """Count a try at one's own password (OWASP ASVS 5.0, V6.2.3) and give the hash to compare it with; None without one."""
    count_try(own_password(user_id), at=at)
    return db.session.get_one(User, user_id).password_hash


def change_password(new_hash: str, *, revision: str | None, by: Acting, at: datetime) -> None:
    """Replace the password, or give a first one; Refused("changed_meanwhile") once the ways in are no longer those shown."""
    user = _unchanged(by.user_id, revision, at=at).user
    told = "password_changed" if user.password_hash else "password_chosen"
    set_password(user, new_hash)
    user.password_set_at = at
    forget_tries(own_password(user.id))
    factor_changed("password_changed", told=told, by=by, at=at)


def change_code(secret: str, typed: str, *, revision: str | None, by: Acting, at: datetime) -> str | None:
    """Replace the key of the codes once one of its codes is right; else says why not, and the former key stays.

    Refused("password_first") where the codes would have no password to come after.
    """
    user = _unchanged(by.user_id, revision, at=at).user
    if user.password_hash is None:
        raise Refused("password_first")
    code = totp.cleaned(typed)
    counter = totp.accepted(secret, code, at) if code else None
    if code is None or counter is None:
        return why_not(secret, code, at) if code else "wrong"
    told = "code_changed" if user.totp_confirmed_at else "code_added"
    used = user.totp_counter or 0
    enrol_totp(user, secret, at=at)
    user.totp_counter = max(used, counter)  # the code just shown opens nothing more
    factor_changed("code_changed", told=told, by=by, at=at)
    return None


def renew_recovery_codes(*, revision: str | None, by: Acting, at: datetime) -> list[str]:
    """Eight new codes, shown once; Refused("password_first") where they would have no password to come after."""
    user = _unchanged(by.user_id, revision, at=at).user
    if user.password_hash is None:
        raise Refused("password_first")
    codes = new_recovery_codes(user)
    factor_changed("recovery_codes_renewed", by=by, at=at)
    return codes


def drop_passkey(passkey_id: uuid.UUID, *, needs_passkey: bool, revision: str | None, by: Acting, at: datetime) -> str:
    """Remove a device unlock, never the last way in (Refused("last_way"), ("passkey_needed")); gives its name."""
    held = _unchanged(by.user_id, revision, needs_passkey=needs_passkey, at=at)
    name = next((one.name for one in held.passkeys if one.id == passkey_id), None)
    if name is None:
        raise Refused("changed_meanwhile")
    if why := why_kept(held.ways):
        raise Refused(why)
    db.session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == by.user_id))
    factor_changed("passkey_removed", by=by, at=at, detail={"passkey": str(passkey_id)}, name=name)
    return name


@dataclass(frozen=True)
class Lost:
    """What was done about a lost device: its sessions ended, its device unlocks removed unless they were the only way in."""

    sessions: int
    removed: int
    kept: int


def lose_device(device_id: uuid.UUID, *, needs_passkey: bool, by: Acting, at: datetime) -> Lost:
    """« Tablette perdue »: nothing opens from it any more; Refused("in_hand") for the device one is holding."""
    held = _locked(by.user_id, needs_passkey=needs_passkey)
    device = db.session.scalars(queries.own_device(by.user_id, device_id)).one()
    here = db.session.scalar(select(Session.device_id).where(Session.id == by.session_id))
    if here == device_id:
        raise Refused("in_hand")
    ended = end_those(Session.device_id == device_id, because="lost", at=at)
    bound, removed, ways = [one for one in held.passkeys if one.device_id == device_id], 0, held.ways
    for passkey in bound:
        if why_kept(ways) is None:
            db.session.execute(delete(Passkey).where(Passkey.id == passkey.id))
            ways, removed = replace(ways, passkeys=ways.passkeys - 1), removed + 1
    if device.lost_at is None:
        device.lost_at = at
        journal.write(
            "device_lost",
            f"user:{by.user_id}",
            at=at,
            by=by.user_id,
            device=str(device_id),
            sessions=ended,
            passkeys=removed,
        )
        mails.tell(held.user, "device_lost", at=at, origin=by.origin, name=device.name or device.client)
    return Lost(ended, removed, len(bound) - removed)


def close_session(session_id: uuid.UUID, *, by: Acting, at: datetime) -> int:
    """End one of one's sessions from afar, and the others of the same device; says how many were still open."""
    session = db.session.scalars(queries.own_session(by.user_id, session_id)).one()
    if session.device_id is None:
        return int(end_session(session_id, because="elsewhere", at=at))
    if ended := end_those(Session.device_id == session.device_id, because="elsewhere", at=at):
        journal.write("session_ended", f"user:{by.user_id}", at=at, by=by.user_id, because="elsewhere", count=ended)
    return ended


def rename_device(device_id: uuid.UUID, name: str, *, by: Acting, at: datetime) -> None:
    """Call a device what its owner calls it."""
    device = db.session.scalars(queries.own_device(by.user_id, device_id)).one()
    if device.name != name:
        device.name = name
        journal.write("device_renamed", f"user:{by.user_id}", at=at, by=by.user_id, device=str(device_id))


def insist_on_no_rescue(user_id: uuid.UUID, *, at: datetime) -> None:
    """Refused("being_rescued") while somebody comes back in by a rescue code: a lost tablet still signed in sets no way in of its own."""
    if queries.is_rescued(user_id, at):
        raise Refused("being_rescued")


def _unchanged(user_id: uuid.UUID, revision: str | None, *, at: datetime, needs_passkey: bool = False) -> queries.Held:
    """The ways in, which nobody else changes meanwhile; Refused("changed_meanwhile") when they are no longer those shown."""
    held = _locked(user_id, needs_passkey=needs_passkey)
    insist_on_no_rescue(user_id, at=at)
    if held.revision != revision:
        raise Refused("changed_meanwhile")
    return held


def _locked(user_id: uuid.UUID, *, needs_passkey: bool) -> queries.Held:
    return queries.held_by(db.session.get_one(User, user_id, with_for_update=True), needs_passkey=needs_passkey)
