"""The worker's part: parts become one file, the file is opened by its parser, and is ready or refused.

A worker killed at any point loses nothing: each step starts from the rows, and the next one takes it up when the lease ends.
"""

import logging
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime

from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.storage import StorageFull, StorageUnavailable
from elus.papers import actions
from elus.papers.actions import Verdict
from elus.papers.intake import check
from elus.papers.models import File
from elus.papers.queries import part_blobs, to_check

log = logging.getLogger("elus.papers")


def intake(at: datetime) -> int:
    """Check the complete files, oldest first; how many were concluded."""
    waiting = to_check(at)
    db.session.rollback()
    return sum(_one(file_id, at) for file_id in waiting)


def forget(keys: Iterable[str]) -> None:
    """Delete stored bytes whose rows are gone; one that stays behind costs room, never a file."""
    for key in keys:
        try:
            blobs.storage().delete(key)
        except (OSError, StorageUnavailable):
            log.exception("stored bytes %s stay behind", key)


def _one(file_id: uuid.UUID, at: datetime) -> bool:
    with transaction():
        if not actions.claim(file_id, at=max(at, clock.now())):
            return False
    try:
        verdict = _checked(file_id)
    except (StorageFull, StorageUnavailable, OSError):
        log.exception("file %s could not be checked; it will be tried again within a minute", file_id)
        with transaction():
            actions.let_go(file_id)
        return False
    with transaction():
        keys = actions.conclude(file_id, verdict, at=clock.now())
    forget(keys)
    return True


def _checked(file_id: uuid.UUID) -> Verdict:
    """The verdict on a claimed file; what was altered on our side is noted, and the file has to come again."""
    try:
        blob = _whole(file_id)
        if blob is None:
            return Verdict(refusal="incomplete")
        with blobs.read(blob) as reader:
            return check(reader)
    except Damaged as wrong:
        blobs.note_damage(wrong)
        return Verdict(refusal="incomplete")


def _whole(file_id: uuid.UUID) -> Blob | None:
    """The bytes of a file in one blob, assembled from its parts unless that was done; None when it was given up meanwhile."""
    file = db.session.get(File, file_id)
    if file is None:
        return None
    if file.blob_id is None:
        parts, owner = part_blobs(file_id), file.owner
        blob = write_apart(owner, _joined(parts))
        with transaction():
            still_there = db.session.get(File, file_id) is not None
            if still_there:
                actions.attach(file_id, blob)
            keys = actions.drop_parts(file_id) if still_there else [blob.key]
        forget(keys)
        if not still_there:
            return None
        file = db.session.get_one(File, file_id)
    found = db.session.get_one(Blob, file.blob_id)
    db.session.expunge(found)
    db.session.rollback()
    return found


def write_apart(owner: str, chunks: Iterable[bytes]) -> Blob:
    """Store bytes while no transaction is open: the row is added later, in a short one."""
    blob = blobs.write(owner, chunks, at=clock.now())
    db.session.expunge(blob)
    db.session.rollback()
    return blob


def _joined(parts: list[Blob]) -> Iterator[bytes]:
    for part in parts:
        with blobs.read(part) as reader:
            yield from reader.read(0, reader.size)
