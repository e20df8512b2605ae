"""The nightly scrub: stored bytes are re-read before somebody needs them, without any key.

Answers the disk that rots in silence and the file that was altered or removed from outside.
"""

import enum
import hashlib
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select, update

from elus.kernel import blobs, journal
from elus.kernel.blobs import Blob
from elus.kernel.clock import LEGAL_ZONE
from elus.kernel.db import db, transaction
from elus.kernel.storage import Missing, StorageUnavailable, stored_bytes

NIGHT = range(1, 5)  # hours, in the legal zone
EVERY = timedelta(days=30)
BATCH_BLOBS, BATCH_BYTES = 200, 512 * 1024 * 1024
LEFTOVER_AFTER = timedelta(days=1)


class Finding(enum.Enum):
    """What re-reading one blob showed."""

    RIGHT = enum.auto()
    ALTERED = enum.auto()
    MISSING = enum.auto()


def scrub(at: datetime) -> int:
    """At night, verify the blobs not verified for thirty days, oldest first, a bounded batch at a time; how many were read."""
    if at.astimezone(ZoneInfo(LEGAL_ZONE)).hour not in NIGHT:
        return 0
    return verify_oldest(at)


def verify_oldest(at: datetime) -> int:
    """Verify one batch, whatever the hour; how many were read."""
    blobs.storage().leftovers((at - LEFTOVER_AFTER).timestamp())
    findings = _findings(_batch(at))
    if not findings:
        return 0
    with transaction():
        db.session.execute(update(Blob).where(Blob.id.in_(list(findings))).values(checked_at=at))
        for blob_id in [id for id, finding in findings.items() if finding is Finding.ALTERED]:
            blobs.mark_damaged(blob_id, at=at)
        missing = [id for id, finding in findings.items() if finding is Finding.MISSING]
        for blob_id in db.session.scalars(select(Blob.id).where(Blob.id.in_(missing))):  # not those deleted meanwhile
            journal.write("blob_damaged", f"blob:{blob_id}", at=at, blob=str(blob_id), missing=True)
        wrong = sum(finding is not Finding.RIGHT for finding in findings.values())
        journal.write("scrubbed", "storage", at=at, read=len(findings), wrong=wrong)
    return len(findings)


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


def _findings(batch: list[Blob]) -> dict[uuid.UUID, Finding]:
    findings: dict[uuid.UUID, Finding] = {}
    try:
        for blob in batch:
            findings[blob.id] = _finding(blob)
    except StorageUnavailable as silent:  # a storage that does not answer proves nothing against its files
        current_app.logger.error("scrub stopped: %s", silent)
    if len(findings) > 1 and set(findings.values()) == {Finding.MISSING}:
        current_app.logger.error("scrub stopped: the storage holds none of the files looked for; is it the right one?")
        return {}
    return findings


def _finding(blob: Blob) -> Finding:
    whole = hashlib.sha256()
    try:
        for chunk in stored_bytes(blobs.storage(), blob.key):
            whole.update(chunk)
    except Missing:
        return Finding.MISSING
    return Finding.RIGHT if whole.hexdigest() == blob.stored_sha256 else Finding.ALTERED
