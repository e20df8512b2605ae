"""Device unlock: added, used, renamed, removed; a copy is refused, told and never forgotten (decision 9)."""

import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from elus.identity import challenges, mails, passkeys, queries
from elus.identity.actions.changes import Acting, factor_changed, insist_on_no_rescue
from elus.identity.challenges import Act
from elus.identity.models import Device, Passkey, User
from elus.identity.origin import Origin
from elus.identity.passkeys import Answer, Made, NotProven, Site
from elus.kernel import journal
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Purpose
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.kernel.journal import JournalEntry
from elus.kernel.text import one_line

MOST = 20
LONGEST_NAME = 60
TOLD_EVERY = timedelta(hours=24)


@dataclass(frozen=True)
class Unlock:
    """Whose account an answer opens, or why it opens none: "expired", "unknown", "wrong" or "cloned"."""

    user_id: uuid.UUID | None = None
    passkey_id: uuid.UUID | None = None
    why: str | None = None


def register_passkey(
    user_id: uuid.UUID,
    answer: Answer,
    site: Site,
    *,
    browser: str,
    name: str,
    origin: Origin,
    at: datetime,
    kept: uuid.UUID | None = None,
) -> Passkey:
    """Add a device unlock to an account; Refused("expired"), ("wrong"), ("known"), ("too_many") or ("being_rescued").

    `kept` is the session that asks, the only one that goes on; None while an account is set up, where nothing is open.
    """
    until = challenges.end_of(answer.challenge, Act.ADD, browser, at=at, about=user_id)
    if until is None:
        raise Refused("expired")
    try:
        made = passkeys.check_creation(site, answer)
    except NotProven as wrong:
        raise Refused("wrong") from wrong
    user = db.session.get_one(User, user_id, with_for_update=True)
    if kept:
        insist_on_no_rescue(user_id, at=at)
    if _count(user_id) >= MOST:
        raise Refused("too_many")
    if not challenges.spend(answer.challenge, until=until):
        raise Refused("expired")
    passkey = _new(user_id, made, name=_name(name) or origin.client, device_id=_where(user_id, made, origin), at=at)
    detail = {"passkey": str(passkey.id)}
    if kept:
        factor_changed("passkey_added", by=Acting(user_id, kept, origin), at=at, detail=detail, name=passkey.name)
        return passkey
    journal.write("passkey_added", f"user:{user_id}", at=at, by=user_id, **detail)
    if user.activated_at is not None:
        mails.tell(user, "passkey_added", at=at, origin=origin, name=passkey.name)
    return passkey


def _new(user_id: uuid.UUID, made: Made, *, name: str, device_id: uuid.UUID | None, at: datetime) -> Passkey:
    passkey = Passkey(
        id=uuid.uuid4(),
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        seal=_seals(user_id, made.credential_id, made.public_key)[0],
        sign_count=made.sign_count,
        backed_up=made.backed_up,
        transports=list(made.transports),
        name=name,
        device_id=device_id,
        created_at=at,
    )
    try:
        with db.session.begin_nested():
            db.session.add(passkey)
    except IntegrityError:
        raise Refused("known") from None
    return passkey


def use_passkey(
    answer: Answer, site: Site, act: Act, *, browser: str, origin: Origin, at: datetime, of: uuid.UUID | None = None
) -> Unlock:
    """Whose account an answer opens, once: any account to enter, that of a person to prove who one is.

    Nothing is raised: what a refusal writes (a copy found out) must stay, and the caller commits.
    """
    until = challenges.end_of(answer.challenge, act, browser, at=at, about=of)
    if until is None:
        return Unlock(why="expired")
    passkey = _open_to(answer, of)
    if passkey is None:
        return Unlock(why="unknown")
    try:
        seen = passkeys.check_use(site, answer, passkey.public_key)
    except NotProven:
        return Unlock(why="wrong")
    if not challenges.spend(answer.challenge, until=until):
        return Unlock(why="expired")
    if not _take_count(passkey.id, seen.sign_count, seen.backed_up, at):
        _ring(passkey, seen.sign_count, origin, at)
        return Unlock(why="cloned")
    return Unlock(passkey.user_id, passkey.id)


def rename_passkey(user_id: uuid.UUID, passkey_id: uuid.UUID, name: str, *, at: datetime) -> None:
    """Call a device unlock otherwise; Refused("gone") or ("no_name")."""
    wanted = _name(name)
    if not wanted:
        raise Refused("no_name")
    passkey = db.session.scalars(queries.own_passkey(user_id, passkey_id)).first()
    if passkey is None:
        raise Refused("gone")
    if passkey.name != wanted:
        passkey.name = wanted
        journal.write("passkey_renamed", f"user:{user_id}", at=at, by=user_id, passkey=str(passkey_id))


def _open_to(answer: Answer, of: uuid.UUID | None) -> Passkey | None:
    """The device unlock an answer names, if its account is open and the row is the one this portal wrote."""
    passkey = db.session.scalars(
        select(Passkey)
        .join(User, Passkey.user_id == User.id)
        .where(
            Passkey.credential_id == answer.credential_id,
            User.opens(),
        )
    ).first()
    if passkey is None or (of is not None and passkey.user_id != of):
        return None
    if answer.handle != passkey.user_id.bytes and not (answer.handle is None and of is not None):
        return None
    seals = _seals(passkey.user_id, passkey.credential_id, passkey.public_key)
    return passkey if any(hmac.compare_digest(passkey.seal, seal) for seal in seals) else None


def _take_count(passkey_id: uuid.UUID, count: int, backed_up: bool, at: datetime) -> bool:
    """Move the counter of a device forwards in one act; devices that do not count say 0 for ever (WebAuthn §6.1.1)."""
    forwards = Passkey.sign_count < count if count else Passkey.sign_count == 0
    taken = db.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id, forwards)
        .values(sign_count=count, backed_up=backed_up, used_at=at)
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def _ring(passkey: Passkey, count: int, origin: Origin, at: datetime) -> None:
    """A counter that does not move forwards: somebody may hold a copy of the key. The person is told once a day."""
    subject = f"user:{passkey.user_id}"
    told = select(func.count()).where(
        JournalEntry.action == "passkey_cloned", JournalEntry.subject == subject, JournalEntry.at > at - TOLD_EVERY
    )
    if not db.session.scalars(told).one():
        user = db.session.get_one(User, passkey.user_id)
        mails.tell(user, "passkey_cloned", at=at, origin=origin, name=passkey.name)
    journal.write(
        "passkey_cloned",
        subject,
        at=at,
        by=passkey.user_id,
        passkey=str(passkey.id),
        known=passkey.sign_count,
        seen=count,
        network=origin.network,
    )


def _where(user_id: uuid.UUID, made: Made, origin: Origin) -> uuid.UUID | None:
    """The device a key lives in, when it never leaves it."""
    if made.backed_up or not made.built_in or origin.device is None:
        return None
    return db.session.scalar(select(Device.id).where(Device.user_id == user_id, Device.token_hash == origin.device))


def _seals(user_id: uuid.UUID, credential_id: bytes, public_key: bytes) -> list[str]:
    """The keyed hash that ties a key to its account, under each key of the ring: a row changed by hand opens nothing."""
    bound = b"|".join([user_id.bytes, len(credential_id).to_bytes(2, "big"), credential_id, public_key])
    return [mac.hex() for mac in keyring().macs(Purpose.PASSKEY_MAC, bound)]


def _count(user_id: uuid.UUID) -> int:
    return db.session.scalars(select(func.count()).where(Passkey.user_id == user_id)).one()


def _name(typed: str) -> str:
    return one_line(typed, LONGEST_NAME).strip()
