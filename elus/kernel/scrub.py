"""The nightly scrub: stored bytes are re-read before somebody needs them, without any key.

Answers the disk that rots in silence and the file that was altered or removed from outside.
"""

import hashlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select, update

from elus.kernel import blobs, journal
from elus.kernel.blobs import Blob
from elus.kernel.clock import LEGAL_ZONE
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.storage import StorageUnavailable, stored_bytes

NIGHT = range(1, 5)  # hours, in the legal zone
EVERY = timedelta(days=30)
BATCH_BLOBS, BATCH_BYTES = 200, 512 * 1024 * 1024
LEFTOVER_AFTER = timedelta(days=1)


def scrub(at: datetime) -> int:
    """At night, verify the blobs not verified for thirty days, oldest first, a bounded batch at a time; how many were read."""
    if at.astimezone(ZoneInfo(LEGAL_ZONE)).hour not in NIGHT:
        return 0
    return verify_oldest(at)


def verify_oldest(at: datetime) -> int:
    """Verify one batch, whatever the hour; how many were read."""
    blobs.storage().leftovers((at - LEFTOVER_AFTER).timestamp())
    right, wrong = _verified(_batch(at))
    if right or wrong:
        with transaction():
            db.session.execute(update(Blob).where(Blob.id.in_([blob.id for blob in right])).values(checked_at=at))
            for blob in wrong:
                blobs.mark_damaged(blob.id, at=at)
            journal.write("scrubbed", "storage", at=at, read=len(right) + len(wrong), damaged=len(wrong))
    return len(right) + len(wrong)


def _batch(at: datetime) -> list[Blob]:
    due = select(Blob).where(Blob.damaged_at.is_(None), Blob.checked_at < at - EVERY)
    found = list(db.session.scalars(due.order_by(Blob.checked_at).limit(BATCH_BLOBS)))
    db.session.expunge_all()
    db.session.rollback()  # nothing stays open while the bytes are read
    room, kept = BATCH_BYTES, []
    for blob in found:
        kept.append(blob)
        room -= blob.stored_size
        if room <= 0:
            break
    return kept


def _verified(found: list[Blob]) -> tuple[list[Blob], list[Blob]]:
    right: list[Blob] = []
    wrong: list[Blob] = []
    for blob in found:
        try:
            (right if _stored_sha256(blob) == blob.stored_sha256 else wrong).append(blob)
        except Damaged:
            wrong.append(blob)
        except StorageUnavailable as silent:  # a storage that does not answer proves nothing against its files
            current_app.logger.error("scrub stopped: %s", silent)
            break
    return right, _still_there(wrong)


def _stored_sha256(blob: Blob) -> str:
    whole = hashlib.sha256()
    for chunk in stored_bytes(blobs.storage(), blob.key):
        whole.update(chunk)
    return whole.hexdigest()


def _still_there(wrong: list[Blob]) -> list[Blob]:
    """Without the rows deleted meanwhile, whose bytes were rightly removed."""
    if not wrong:
        return []
    kept = set(db.session.scalars(select(Blob.id).where(Blob.id.in_([blob.id for blob in wrong]))))
    db.session.rollback()
    return [blob for blob in wrong if blob.id in kept]
