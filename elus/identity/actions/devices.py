"""Known devices: a browser from which an account was entered; what it keeps is random, and says nothing of anybody."""

import uuid
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, exists, or_, select, update

from elus.identity import mails
from elus.identity.models import Device, Session, User
from elus.identity.origin import Origin
from elus.kernel.db import UtcInstant, db


def recognise(user_id: uuid.UUID, origin: Origin, *, tries: int, at: datetime) -> uuid.UUID | None:
    """The device somebody just entered from, remembered from now on; None for one declared lost, which is known no more.

    Another device than usual is told by mail, with how many tries failed before; the very first, at enrolment, is not.
    """
    if origin.device is None:
        return None
    values = {"of": user_id, "token": origin.device, "at": at, "client_now": origin.client, "there": origin.network}
    found: uuid.UUID | None = db.session.connection().execute(_seeing(), values).scalar()
    if found is not None:
        return found
    if _entered_before(user_id):
        mails.tell(db.session.get_one(User, user_id), "new_device", at=at, origin=origin, tries=tries)
    if _lost(user_id, origin.device):
        return None
    device = Device(
        id=uuid.uuid4(),
        user_id=user_id,
        token_hash=origin.device,
        client=origin.client,
        network=origin.network,
        created_at=at,
        used_at=at,
    )
    db.session.add(device)
    db.session.flush()
    return device.id


def _entered_before(user_id: uuid.UUID) -> bool:
    before = or_(
        exists().where(Device.user_id == user_id),
        exists().where(Session.user_id == user_id, Session.proven_at.is_not(None)),
    )
    return bool(db.session.scalar(select(before)))


def _lost(user_id: uuid.UUID, token_hash: str) -> bool:
    return bool(db.session.scalar(select(exists().where(Device.user_id == user_id, Device.token_hash == token_hash))))


@cache
def _seeing() -> Update:
    at: Any = bindparam("at", type_=UtcInstant())
    return (
        update(Device)
        .where(Device.user_id == bindparam("of"), Device.token_hash == bindparam("token"), Device.lost_at.is_(None))
        .values(used_at=at, client=bindparam("client_now"), network=bindparam("there"))
        .returning(Device.id)
    )
