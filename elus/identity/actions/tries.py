"""Failed tries: counted before the answer is known, so that a hundred at once count for a hundred (decision 11)."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from elus.identity.models import Failures
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Purpose
from elus.kernel.db import db
from elus.kernel.errors import Refused

FREE = 5
DELAYS = [timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15)]
FORGOTTEN_AFTER = timedelta(hours=24)


def door(address: str) -> str:
    """The key a typed address is counted by, known or not; the database never holds what was typed."""
    return keyring().mac(Purpose.ADDRESS_MAC, address.strip().casefold().encode()).hex()


def count_try(key: str, *, at: datetime) -> int:
    """Count one try and say how many there were since the last success; Refused("too_many_tries", until=) while one must wait.

    The delay grows from the fifth and stays at a quarter of an hour: never a silent lock.
    """
    row = _locked(key, at)
    if row.blocked_until and row.blocked_until > at:
        raise Refused("too_many_tries", until=row.blocked_until)
    if at - row.last_at > FORGOTTEN_AFTER:
        row.count = 0
    row.count += 1
    row.last_at = at
    row.blocked_until = at + delay_after(row.count) if row.count >= FREE else None
    db.session.flush()
    return row.count


def forget_tries(key: str) -> None:
    """A success starts the count anew."""
    db.session.execute(delete(Failures).where(Failures.address_mac == key))


def delay_after(count: int) -> timedelta:
    """How long one waits after that many tries."""
    if count < FREE:
        return timedelta()
    return DELAYS[min(count - FREE, len(DELAYS) - 1)]


def _locked(key: str, at: datetime) -> Failures:
    """The row of a key, which nobody else counts meanwhile."""
    touched = db.session.execute(update(Failures).where(Failures.address_mac == key).values(count=Failures.count))
    if not touched.rowcount:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        try:
            with db.session.begin_nested():
                db.session.add(Failures(address_mac=key, count=0, last_at=at))
        except IntegrityError:  # somebody counted the first try a moment ago
            pass
    return db.session.scalars(select(Failures).where(Failures.address_mac == key).with_for_update()).one()
