"""Blobs: bound to their owner, never served once altered, re-read at night."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from elus.kernel import blobs, scrub
from elus.kernel.blobs import Blob
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.storage import Missing
from tests.conftest import AT

NIGHT = datetime(2026, 12, 10, 1, 30, tzinfo=UTC)


def kept(content: bytes = b"secret", owner: str = "file:1:1", at: datetime = AT) -> Blob:
    with transaction():
        return blobs.write(owner, [content], at=at)


def path(app: Flask, blob: Blob) -> Path:
    return Path(app.instance_path) / "files" / blob.key


def alter(app: Flask, blob: Blob, place: int = 60) -> None:
    stored = bytearray(path(app, blob).read_bytes())
    stored[place] ^= 1
    path(app, blob).write_bytes(stored)


def alarms() -> list[str]:
    return [entry.action for entry in db.session.scalars(select(JournalEntry)) if entry.action == "blob_damaged"]


def content(blob: Blob) -> bytes:
    with blobs.read(blob) as reader:
        return b"".join(reader.read(0, reader.size))


def test_what_is_written_is_read_and_nothing_is_in_clear(app: Flask) -> None:
    blob = kept(b"secret" * 100)
    assert content(blob) == b"secret" * 100
    assert b"secret" not in path(app, blob).read_bytes()


def test_a_row_rolled_back_leaves_no_row(app: Flask) -> None:
    def broken() -> None:
        with transaction():
            blobs.write("file:1:1", [b"x"], at=AT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert db.session.scalars(select(Blob)).all() == []


def test_bytes_moved_to_another_row_do_not_open(app: Flask) -> None:
    one, other = kept(b"one"), kept(b"two")
    path(app, other).write_bytes(path(app, one).read_bytes())
    with pytest.raises(Damaged) as wrong:
        content(other)
    assert wrong.value.blob_id == other.id
    other.wrapped_key = one.wrapped_key
    with pytest.raises(Damaged):
        content(other)


def test_another_owner_does_not_open(app: Flask) -> None:
    blob = kept()
    blob.owner = "file:2:1"
    with pytest.raises(Damaged):
        content(blob)


def test_a_damaged_blob_rings_once_and_is_never_served_again(app: Flask) -> None:
    blob = kept()
    blob_id = blob.id
    for _ in range(2):
        with transaction():
            blobs.mark_damaged(blob_id, at=AT)
    assert alarms() == ["blob_damaged"]
    with pytest.raises(Damaged):
        content(db.session.get_one(Blob, blob_id))


def test_an_altered_segment_cuts_the_answer_and_rings(app: Flask) -> None:
    blob = kept(bytes(600_000))
    blob_id = blob.id
    alter(app, blob, 300_000)
    body = blobs.served(blobs.read(blob), 0, 600_000)
    assert len(next(body)) == 262_088
    with pytest.raises(Damaged):
        next(body)
    db.session.rollback()  # the body rang in a transaction of its own
    assert alarms() == ["blob_damaged"]
    assert db.session.get_one(Blob, blob_id).damaged_at is not None


def test_a_reading_that_begins_later_checks_where_it_begins(app: Flask) -> None:
    blob = kept(bytes(600_000))
    alter(app, blob, 300_000)
    blobs.read(blob).close()
    with pytest.raises(Damaged):
        blobs.read(blob, start=400_000)


def test_the_scrub_finds_what_was_altered_and_lets_the_rest_be(app: Flask) -> None:
    right, wrong = kept(b"right"), kept(b"wrong")
    right_id, wrong_id = right.id, wrong.id
    alter(app, wrong)
    assert scrub.scrub(NIGHT) == 2
    assert db.session.get_one(Blob, wrong_id).damaged_at == NIGHT
    assert db.session.get_one(Blob, right_id).damaged_at is None
    assert alarms() == ["blob_damaged"]
    assert scrub.scrub(NIGHT + timedelta(minutes=1)) == 0


def test_the_scrub_reads_the_oldest_first_in_bounded_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub, "BATCH_BLOBS", 2)
    old = [kept(b"x", at=AT - timedelta(days=n)).id for n in (3, 1, 2)]
    assert scrub.scrub(NIGHT) == 2
    assert [db.session.get_one(Blob, id).checked_at == NIGHT for id in old] == [True, False, True]
    assert scrub.scrub(NIGHT) == 1


def test_the_scrub_works_at_night_and_not_before_thirty_days(app: Flask) -> None:
    kept(at=NIGHT - timedelta(days=29))
    assert scrub.scrub(NIGHT) == 0
    kept(at=NIGHT - timedelta(days=31))
    assert scrub.scrub(NIGHT + timedelta(hours=9)) == 0
    assert scrub.scrub(NIGHT) == 1


def test_a_missing_file_rings_but_an_empty_storage_accuses_nobody(app: Flask) -> None:
    gone, kept_one = kept(b"gone"), kept(b"kept")
    gone_id = gone.id
    paths = [path(app, gone), path(app, kept_one)]
    aside = paths[1].read_bytes()
    for each in paths:
        each.unlink()
    assert scrub.scrub(NIGHT) == 0
    assert alarms() == []
    paths[1].write_bytes(aside)
    assert scrub.scrub(NIGHT) == 2
    assert alarms() == ["blob_damaged"]
    blob = db.session.get_one(Blob, gone_id)
    assert blob.damaged_at is None
    with pytest.raises(Missing):
        content(blob)
