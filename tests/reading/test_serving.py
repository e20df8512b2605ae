"""A paper leaves: recorded before its first byte, in the ranges asked for, never altered."""

import os
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from elus.convocations.models import Convocation
from elus.kernel import blobs
from elus.kernel.blobs import Blob
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.meetings.models import AgendaItem, Meeting, Visibility
from elus.organizations.models import Role
from elus.papers.models import NOT_YET, File, FileState, Paper
from elus.reading.models import Reading
from elus.reading.queries import opened_files
from elus.register.models import Event
from tests import factories as make

CONTENT = os.urandom(700_000)


class Shelf:
    """A published meeting with one paper, its member, and the paper's address."""

    def __init__(self, *, convened: bool = True, **file: Any) -> None:
        self.council = make.organization()
        self.member = make.member(self.council)
        self.file_id = make.file(**{"content": CONTENT, **file}).id
        stored = db.session.get_one(File, self.file_id)
        stored.paper  # noqa: B018 — loaded for the factory
        self.paper_id, self.blob_id = stored.paper_id, stored.blob_id
        self.meeting_id = make.meeting(self.council, papers=[stored]).id
        if convened:
            make.saved(Convocation(meeting_id=self.meeting_id))
        self.url = f"/reunions/{self.meeting_id}/pieces/{self.file_id}"

    def path(self) -> Any:
        blob = db.session.get_one(Blob, self.blob_id)
        return blobs.storage().root / blob.key  # type: ignore[attr-defined]

    def events(self) -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(Event)) or 0

    def readings(self) -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(Reading)) or 0


@pytest.fixture
def shelf(app: Flask) -> Shelf:
    return Shelf()


def test_a_member_reads_a_paper_inline_and_it_is_never_kept(shelf: Shelf, sign_in: Any) -> None:
    answer = sign_in(shelf.member).get(shelf.url)
    assert answer.status_code == 200
    assert answer.data == CONTENT
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith('inline; filename="note.pdf"')
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=262000-263000", 206, 262000, 263001),
        ("bytes=699990-", 206, 699990, 700000),
        ("bytes=-10", 206, 699990, 700000),
        ("bytes=-9999999", 206, 0, 700000),
        ("bytes=0-9999999", 206, 0, 700000),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=5-2", 200, 0, 700000),
        ("bytes=0-1,5-6", 200, 0, 700000),
        ("pages=1-2", 200, 0, 700000),
        ("bytes=x", 200, 0, 700000),
        ("bytes=700000-", 416, 0, 0),
        ("bytes=99999999-", 416, 0, 0),
    ],
)
def test_a_range_gives_these_bytes(shelf: Shelf, sign_in: Any, asked: str, status: int, start: int, end: int) -> None:
    answer = sign_in(shelf.member).get(shelf.url, headers={"Range": asked})
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["Content-Range"] == "bytes */700000"
        return
    assert answer.data == CONTENT[start:end]
    assert answer.headers["Content-Length"] == str(end - start)
    assert answer.headers.get("Content-Range") == (f"bytes {start}-{end - 1}/700000" if status == 206 else None)


def test_a_range_of_another_version_gives_the_whole_document(shelf: Shelf, sign_in: Any) -> None:
    browser = sign_in(shelf.member)
    etag = browser.get(shelf.url).headers["ETag"]
    same = browser.get(shelf.url, headers={"Range": "bytes=0-9", "If-Range": etag})
    other = browser.get(shelf.url, headers={"Range": "bytes=0-9", "If-Range": '"autre"'})
    dated = browser.get(shelf.url, headers={"Range": "bytes=0-9", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"})
    assert (same.status_code, other.status_code, dated.status_code) == (206, 200, 200)
    assert browser.get(shelf.url, headers={"If-None-Match": etag}).status_code == 304


def test_head_says_the_size_and_sends_nothing(shelf: Shelf, sign_in: Any) -> None:
    answer = sign_in(shelf.member).open(shelf.url, method="HEAD")
    assert (answer.status_code, answer.headers["Content-Length"], answer.data) == (200, "700000", b"")


def test_handing_over_is_recorded_once_per_person_file_and_session(shelf: Shelf, sign_in: Any) -> None:
    browser = sign_in(shelf.member)
    for headers in ({}, {}, {"Range": "bytes=100-200"}):
        browser.get(shelf.url, headers=headers)
    assert (shelf.events(), shelf.readings()) == (1, 1)
    sign_in(shelf.member).get(shelf.url)
    assert (shelf.events(), shelf.readings()) == (2, 1)
    event = db.session.scalars(select(Event)).first()
    assert event is not None
    assert event.type == "document_served"
    assert '"size":700000' in event.line
    assert shelf.file_id in opened_files(shelf.member.id, [shelf.file_id])


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Range": "bytes=0-0"},
    ],
)
def test_a_machine_that_asks_in_advance_records_nothing(shelf: Shelf, sign_in: Any, headers: dict[str, str]) -> None:
    browser = sign_in(shelf.member)
    browser.get(shelf.url, headers=headers)
    browser.open(shelf.url, method="HEAD")
    assert (shelf.events(), shelf.readings()) == (0, 0)


def test_the_secretariat_is_no_recipient_and_writes_nothing_in_the_register(shelf: Shelf, sign_in: Any) -> None:
    secretary = make.secretary(shelf.council)
    assert sign_in(secretary).get(shelf.url).status_code == 200
    assert shelf.events() == 0


def test_without_a_convocation_nothing_is_recorded_but_read(app: Flask, sign_in: Any) -> None:
    shelf = Shelf(convened=False)
    assert sign_in(shelf.member).get(shelf.url).status_code == 200
    assert (shelf.events(), shelf.readings()) == (0, 1)


def test_who_may_not_read_cannot_tell_what_exists(shelf: Shelf, sign_in: Any) -> None:
    assert sign_in(make.member()).get(shelf.url).status_code == 404
    assert sign_in(make.administrator()).get(shelf.url).status_code == 404
    informed = make.member(shelf.council, role=Role.INFORMED)
    assert sign_in(informed).get(shelf.url).status_code == 404
    assert sign_in(shelf.member).get(f"/reunions/{uuid.uuid4()}/pieces/{shelf.file_id}").status_code == 404
    assert sign_in(shelf.member).get(f"/reunions/12345678901234567890/pieces/{shelf.file_id}").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        update(Meeting).values(published_at=None),
        update(Paper).values(ready_at=None),
        update(Paper).values(withdrawn_at=func.now()),
        update(File).values(withheld_until=NOT_YET),
        update(File).values(state=FileState.CHECKING),
        update(AgendaItem).values(visibility=Visibility.RESTRICTED),
    ],
    ids=["draft", "not ready", "withdrawn", "withheld", "unchecked", "restricted"],
)
def test_what_members_do_not_see_yet_does_not_leave(shelf: Shelf, sign_in: Any, change: Any) -> None:
    if "withdrawn" in str(change):
        change = update(Paper).values(withdrawn_at=db.session.get_one(Meeting, shelf.meeting_id).published_at)
    with transaction():
        db.session.execute(change)
    assert sign_in(shelf.member).get(shelf.url).status_code == 404
    assert shelf.events() == 0


def test_an_older_version_stays_readable(shelf: Shelf, sign_in: Any) -> None:
    newer = make.file(b"%PDF-1.7 v2")
    with transaction():
        db.session.execute(update(File).where(File.id == newer.id).values(paper_id=shelf.paper_id, version=2))
    browser = sign_in(shelf.member)
    assert browser.get(shelf.url).data == CONTENT
    assert browser.get(f"/reunions/{shelf.meeting_id}/pieces/{newer.id}").data == b"%PDF-1.7 v2"


def test_another_type_is_a_download_named_for_what_it_is(app: Flask, sign_in: Any) -> None:
    odt = "application/vnd.oasis.opendocument.text"
    shelf = Shelf(name="Délibération n°1\u202e\r\n;x.html", media_type=odt)
    answer = sign_in(shelf.member).get(shelf.url)
    told = answer.headers["Content-Disposition"]
    assert told.startswith("attachment; filename=")
    assert told.endswith(".odt")
    assert "\r" not in told
    assert answer.headers["Content-Type"] == odt


def _altered(shelf: Shelf, offset: int) -> None:
    path = shelf.path()
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def test_an_altered_beginning_is_never_served_and_rings_the_alarm(shelf: Shelf, sign_in: Any) -> None:
    _altered(shelf, 1000)
    answer = sign_in(shelf.member).get(shelf.url)
    assert answer.status_code == 500
    assert "Ce document ne s’ouvre pas" in answer.text
    assert CONTENT[:50] not in answer.data
    assert shelf.events() == 0
    assert db.session.get_one(Blob, shelf.blob_id).damaged_at is not None
    assert db.session.scalars(select(JournalEntry).where(JournalEntry.action == "blob_damaged")).one()
    assert sign_in(shelf.member).get(shelf.url, headers={"Range": "bytes=600000-"}).status_code == 500


def test_an_altered_end_cuts_the_answer_and_rings_the_alarm(shelf: Shelf, sign_in: Any) -> None:
    _altered(shelf, 600_000)
    answer = sign_in(shelf.member).get(shelf.url)
    with pytest.raises(Damaged):
        _ = answer.data
    db.session.rollback()
    assert db.session.get_one(Blob, shelf.blob_id).damaged_at is not None


def test_two_swapped_files_do_not_open(shelf: Shelf, sign_in: Any) -> None:
    other = Shelf(content=os.urandom(700_000))
    mine, theirs = shelf.path(), other.path()
    kept = mine.read_bytes()
    mine.write_bytes(theirs.read_bytes())
    theirs.write_bytes(kept)
    assert sign_in(shelf.member).get(shelf.url).status_code == 500
    assert sign_in(other.member).get(other.url).status_code == 500


def test_a_register_that_cannot_be_written_serves_nothing(shelf: Shelf, sign_in: Any) -> None:
    browser = sign_in(shelf.member)
    if db.engine.dialect.name != "sqlite":
        pytest.skip("refuses by a trigger of SQLite")
    with db.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON register_event BEGIN SELECT RAISE(ABORT, 'disk'); END"
        )
    try:
        answer = browser.get(shelf.url)
    finally:
        with db.engine.execution_options(writes=True).begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full")
    assert answer.status_code >= 500
    assert CONTENT[:50] not in answer.data
    assert shelf.readings() == 0


def test_opening_again_costs_three_queries(shelf: Shelf, sign_in: Any, queries: Any) -> None:
    browser = sign_in(shelf.member)
    browser.get(shelf.url)
    with queries() as counted:
        browser.get(shelf.url, headers={"Range": "bytes=300000-400000"})
    assert counted.count == 3, counted.statements
