"""Failed tries, in the database: counted before the answer is known, so that a hundred at once count for a hundred (decision 11).

A known device of an account has its own count: whoever fails elsewhere, even all day long, does not keep its owner out.
"""

import uuid
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, bindparam, case, delete, null, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from elus.identity.models import Device, Failures, User
from elus.identity.policy import DELAYS, FORGOTTEN_AFTER, FREE, NETWORK, STORM, STORM_TOLD_EVERY, Window, delay_after
from elus.kernel import journal
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Purpose
from elus.kernel.db import UtcInstant, db
from elus.kernel.errors import Refused

EVERYWHERE = "everywhere"
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def door(address: str, device: str | None = None) -> str:
    """The key a typed address is counted by, known or not; the database never holds what was typed."""
    return _key("address", address.strip().casefold(), device)


def codes_of(user_id: uuid.UUID, device: str | None = None) -> str:
    """The key the codes of an account are counted by."""
    return _key("codes", str(user_id), device)


def proofs_of(user_id: uuid.UUID) -> str:
    """The key fresh proofs are counted by: not that of the sign-in page, where they would keep the owner out."""
    return _key("proofs", str(user_id))


def own_password(user_id: uuid.UUID) -> str:
    """The key the tries at one's own password are counted by, before another is chosen."""
    return _key("password", str(user_id))


def rescue_of(address: str, behind: str) -> str:
    """The key rescue codes are counted by, of an address behind a network: nobody elsewhere keeps out who waits with a code."""
    return _key("rescue", f"{behind} {address.strip().casefold()}")


def count_try(key: str, *, at: datetime) -> int:
    """Count one try and say how many there were since the last success; Refused("too_many_tries", until=) while one must wait.

    One statement, so that neither threads nor processes count twice the same try.
    """
    waits = {f"wait_{place}": at + delay_after(FREE + place) for place in range(len(DELAYS))}
    values = {"key": key, "at": at, "forgotten": at - FORGOTTEN_AFTER, **waits}
    count: int | None = _run(_counting(_dialect()), values).scalar()
    if count is None:
        raise Refused("too_many_tries", until=_blocked_until(key, at) or at)
    return count


def forget_tries(*keys: str) -> int:
    """A success starts the counts anew; says how many tries they held."""
    return sum(_run(_forgetting(), {"keys": keys}).scalars())


def insist_on_calm(behind: str, *, at: datetime) -> None:
    """Refused("too_many_tries", until=) while far too much failed behind one network address."""
    if behind and (until := _blocked_until(_network(behind), at)):
        raise Refused("too_many_tries", until=until)


def note_failure(behind: str, *, at: datetime) -> None:
    """Count a failure behind a network address, and everywhere: many of them ring the alarm, once an hour."""
    if behind:
        _count_in(NETWORK, _network(behind), at)
    count = _count_in(STORM, _key(EVERYWHERE, ""), at)
    if count < STORM.most:
        return
    last = journal.latest("sign_in_storm")
    if last is None or at - last.at >= STORM_TOLD_EVERY:
        journal.write("sign_in_storm", "sign_in", at=at, count=count)


def forget_every_try(user_id: uuid.UUID) -> int:
    """Forget every count that makes somebody wait, on any device; says how many there were."""
    return len(_run(_forgetting(), {"keys": _every_key(user_id)}).all())


def waits_until(user_id: uuid.UUID, at: datetime) -> datetime | None:
    """Until when somebody must wait before the next try, on the device where it is longest; None when nowhere."""
    return db.session.scalar(
        select(Failures.blocked_until)
        .where(Failures.address_mac.in_(_every_key(user_id)), Failures.blocked_until > at)
        .order_by(Failures.blocked_until.desc())
        .limit(1)
    )


def _every_key(user_id: uuid.UUID) -> list[str]:
    email = db.session.scalars(select(User.email).where(User.id == user_id)).one()
    devices = [None, *db.session.scalars(select(Device.token_hash).where(Device.user_id == user_id))]
    everywhere = [key for device in devices for key in (door(email, device), codes_of(user_id, device))]
    return [*everywhere, proofs_of(user_id), own_password(user_id)]


def _key(kind: str, what: str, device: str | None = None) -> str:
    """Under its kind: an address typed on purpose is never mistaken for a network, an account or everybody."""
    told = "\0".join((kind, device or "", what))
    return keyring().mac(Purpose.ADDRESS_MAC, told.encode()).hex()


def _network(behind: str) -> str:
    return _key("network", behind)


def _dialect() -> str:
    return db.session.connection().dialect.name


def _run(statement: Any, values: dict[str, Any]) -> Any:
    """By the driver's rows: these statements are half of what a sign-in costs, the hash aside."""
    return db.session.connection().execute(statement, values)


def _blocked_until(key: str, at: datetime) -> datetime | None:
    found: datetime | None = _run(_waiting(), {"key": key, "at": at}).scalar()
    return found


def _count_in(window: Window, key: str, at: datetime) -> int:
    values = {"key": key, "at": at, "began": at - window.lasts, "most": window.most, "until": at + window.closes}
    return int(_run(_counting_in_window(_dialect()), values).scalar() or 0)


def _at(name: str) -> Any:
    return bindparam(name, type_=UtcInstant())


@cache
def _counting(dialect: str) -> Any:
    counted = case((Failures.last_at < _at("forgotten"), 1), else_=Failures.count + 1)
    last = len(DELAYS) - 1
    until: list[tuple[ColumnElement[bool], Any]] = [(counted == FREE + n, _at(f"wait_{n}")) for n in range(last)]
    until.append((counted >= FREE + last, _at(f"wait_{last}")))
    return _upserting(
        dialect,
        {"count": counted, "last_at": _at("at"), "blocked_until": case(*until, else_=null())},
        or_(Failures.blocked_until.is_(None), Failures.blocked_until <= _at("at")),
    )


@cache
def _counting_in_window(dialect: str) -> Any:
    over = or_(Failures.since_at.is_(None), Failures.since_at <= _at("began"))
    counted = case((over, 1), else_=Failures.count + 1)
    return _upserting(
        dialect,
        {
            "count": counted,
            "since_at": case((over, _at("at")), else_=Failures.since_at),
            "last_at": _at("at"),
            "blocked_until": case((counted >= bindparam("most"), _at("until")), else_=null()),
        },
    )


def _upserting(dialect: str, changes: dict[str, Any], only: ColumnElement[bool] | None = None) -> Any:
    first = INSERTS[dialect](Failures).values(
        address_mac=bindparam("key"), count=1, since_at=_at("at"), last_at=_at("at"), blocked_until=null()
    )
    return first.on_conflict_do_update(index_elements=["address_mac"], set_=changes, where=only).returning(
        Failures.count
    )


@cache
def _waiting() -> Select[datetime | None]:
    return select(Failures.blocked_until).where(
        Failures.address_mac == bindparam("key"), Failures.blocked_until > _at("at")
    )


@cache
def _forgetting() -> Delete:
    return delete(Failures).where(Failures.address_mac.in_(bindparam("keys", expanding=True))).returning(Failures.count)  # type: ignore[return-value]
