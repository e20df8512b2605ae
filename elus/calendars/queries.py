"""What a person's calendar shows, and the address it is read at."""

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, bindparam, case, exists, or_, select

from elus.calendars.events import Entry
from elus.calendars.models import Feed
from elus.identity.models import User
from elus.kernel.asking import ASKING, values
from elus.kernel.blobs import keyring
from elus.kernel.clock import local_day
from elus.kernel.crypto import Purpose
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.kernel.raw import Raw, converted, raw
from elus.meetings.access import convened
from elus.meetings.models import Meeting
from elus.organizations.models import Body, Organization

PAST = timedelta(days=61)
CANCELLED_KEPT = timedelta(days=30)
NOBODY = uuid.UUID(int=0)


def token_hashes(token: str) -> list[str]:
    """What rows keep of a token: a keyed hash, under each root key, the active one first."""
    return [mac.hex() for mac in keyring().macs(Purpose.FEED_MAC, hashlib.sha256(token.encode()).digest())]


def feed_of(token: str) -> Feed | None:
    """The address with that token, revoked or not; none while its owner's account is suspended."""
    hashes = token_hashes(token)
    found = db.session.scalars(_feed(), {"hashes": hashes}).first()
    return found if found and any(hmac.compare_digest(found.token_hash, kept) for kept in hashes) else None


@cache
def _feed() -> Select[Feed]:
    suspended = exists().where(User.person_id == Feed.person_id, User.suspended_at.is_not(None))
    return select(Feed).where(Feed.token_hash.in_(bindparam("hashes", expanding=True)), ~suspended)


def current_feed(person_id: uuid.UUID) -> Feed | None:
    """The address in use of a person."""
    return db.session.scalars(
        select(Feed).where(Feed.person_id == person_id, Feed.revoked_at.is_(None)).order_by(Feed.created_at.desc())
    ).first()


def token_of(feed: Feed) -> str:
    """The secret itself, to show it again to its owner."""
    return keyring().open(feed.token, sealed_place(feed.id)).decode()


def sealed_place(feed_id: uuid.UUID) -> bytes:
    """Where the sealed copy of a token belongs."""
    return f"feed:{feed_id}:token".encode()


def meetings_of(person_id: uuid.UUID, at: datetime) -> Raw:
    """The meetings a person is called to: announced or convened, two months of past, cancelled ones for thirty days."""
    who = Viewer(NOBODY, person_id, NOBODY, "", at, local_day(at))
    asked = {**values(who), "since": at - PAST, "cancelled_since": at - CANCELLED_KEPT}
    return tuple(map(tuple, db.session.connection().execute(_meetings(), asked)))


def entries(rows: Raw) -> tuple[Entry, ...]:
    """Such rows as calendars know them."""
    return tuple(Entry(*row) for row in converted(_columns(), rows))


@cache
def _meetings() -> Select[*tuple[Any, ...]]:
    return (
        convened(ASKING)
        .with_only_columns(*raw(_columns()))
        .join(Meeting.organization)
        .join(Organization.body)
        .where(
            or_(Meeting.announced_at <= ASKING.at, Meeting.published_at <= ASKING.at),
            Meeting.starts_at >= bindparam("since"),
            or_(Meeting.cancelled_at.is_(None), Meeting.starts_at >= bindparam("cancelled_since")),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )


@cache
def _columns() -> tuple[SQLColumnExpression[Any], ...]:
    """The columns of an Entry, in its order; a moment still to come is not there yet."""
    moments = (Meeting.changed_at, Meeting.announced_at, Meeting.published_at, Meeting.cancelled_at)
    return (
        Meeting.id,
        Meeting.title,
        Meeting.place,
        Meeting.starts_at,
        Meeting.ends_at,
        Meeting.sequence,
        Meeting.created_at,
        *(case((moment <= ASKING.at, moment)) for moment in moments),
        Organization.name,
        Organization.default_minutes,
        Organization.public_sittings,
        Body.name,
        Body.zone,
    )
