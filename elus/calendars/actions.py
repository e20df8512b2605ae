"""Making, changing and ending a secret calendar address, and noting that it was read."""

import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import update

from elus.calendars.models import Feed
from elus.calendars.queries import sealed_place, token_hashes
from elus.kernel.blobs import keyring
from elus.kernel.db import db
from elus.kernel.text import one_line

TOKEN_BYTES = 24  # 192 bits
NOTED_EVERY = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def create_feed(person_id: uuid.UUID, at: datetime) -> str:
    """Give a person a secret address and return its token; any older one stops working."""
    revoke(person_id, at)
    token, feed_id = secrets.token_urlsafe(TOKEN_BYTES), uuid.uuid4()
    db.session.add(
        Feed(
            id=feed_id,
            person_id=person_id,
            token_hash=token_hashes(token)[0],
            token=keyring().seal(token.encode(), sealed_place(feed_id)),
            created_at=at,
        )
    )
    return token


def revoke(person_id: uuid.UUID, at: datetime) -> None:
    """End every address of a person; calendars that still come are told it is gone."""
    db.session.execute(update(Feed).where(Feed.person_id == person_id, Feed.revoked_at.is_(None)).values(revoked_at=at))


def note_fetch(feed_id: uuid.UUID, *, at: datetime, client: str, etag: str, changed_at: datetime) -> None:
    """Remember who came, when, and what was shown."""
    db.session.execute(
        update(Feed)
        .where(Feed.id == feed_id)
        .values(fetched_at=at, client=one_line(client) or None, etag=etag, changed_at=changed_at)
    )


def must_note(feed: Feed, *, at: datetime, etag: str) -> bool:
    """Whether a visit is worth a write: something else is shown, or five minutes have passed."""
    return feed.etag != etag or feed.fetched_at is None or at - feed.fetched_at >= NOTED_EVERY


def last_modified(feed: Feed, *, at: datetime, etag: str) -> datetime:
    """When what is shown now was first seen: it moves when a meeting leaves, and always by a whole second."""
    if feed.changed_at is not None and feed.etag == etag:
        return feed.changed_at
    now = at.replace(microsecond=0)
    return max(now, feed.changed_at + SECOND) if feed.changed_at else now
