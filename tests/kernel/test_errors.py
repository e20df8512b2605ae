"""What bad days get: a page, a reference, an alarm, and nothing half-written."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.errors import is_full
from elus.kernel.journal import JournalEntry
from elus.kernel.storage import StorageFull, StorageUnavailable
from tests import factories as make
from tests.conftest import AT, Browser

FAULTS: dict[str, tuple[Exception, int]] = {
    "storage full": (StorageFull("No space left on device"), 503),
    "storage away": (StorageUnavailable("timeout of 10.0.0.7"), 503),
    "disk full": (OSError(errno.ENOSPC, "No space left on device"), 503),
    "disk broken": (OSError(errno.EIO, "input/output error"), 500),
    "database full": (OperationalError("INSERT", {}, Exception("database or disk is full")), 503),
    "database away": (OperationalError("SELECT", {}, Exception("connection refused by 10.0.0.7")), 503),
    "wrong SQL": (OperationalError("SELECT", {}, Exception("no such column: x")), 500),
    "wrong code": (ZeroDivisionError("a secret"), 500),
    "damaged": (Damaged("segment 2 was altered"), 500),
}


def answer(app: Flask, fault: Exception, accept: str = "text/html") -> Response:
    """What a request that meets a fault answers."""
    with app.test_request_context("/echec", headers={"Accept": accept}):
        g.request_id = "abcd1234"
        return app.make_response(app.handle_user_exception(fault))


def alarms() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.action)))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_page_and_tells_nothing_of_the_machine(app: Flask, name: str) -> None:
    fault, code = FAULTS[name]
    response = answer(app, fault)
    page = response.get_data(as_text=True)
    assert response.status_code == code
    assert response.headers["Cache-Control"] == "no-store"
    assert "abcd1234" in page
    for word in ("secret", "No space", "10.0.0.7", "column", "segment"):
        assert word not in page


def test_a_full_disk_rings_once_an_hour(app: Flask) -> None:
    for name in ("storage full", "disk full", "database full"):
        answer(app, FAULTS[name][0])
    assert alarms() == ["storage_full"]


def test_a_program_gets_json(app: Flask) -> None:
    response = answer(app, FAULTS["storage full"][0], "application/json")
    assert (response.status_code, response.json) == (503, {"error": 503, "reason": "full", "reference": "abcd1234"})


def test_a_full_database_cannot_ring_and_still_gives_its_page(app: Flask) -> None:
    with nothing_fits():
        assert answer(app, FAULTS["storage full"][0]).status_code == 503


@contextmanager
def nothing_fits() -> Iterator[None]:
    """The SQLite file may not grow by a page, whichever connection writes."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL says a full disk by its state 53100")
    db.session.rollback()
    pages = db.session.connection().exec_driver_sql("PRAGMA page_count").scalar()
    db.session.rollback()

    def bound(connection: Any, *_others: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(db.engine, "checkout", bound)
    try:
        yield
    finally:
        event.remove(db.engine, "checkout", bound)
        db.session.rollback()
        db.engine.dispose()  # the bounded connections with it


def test_a_really_full_database_is_recognised_and_nothing_is_half_written(app: Flask) -> None:
    with nothing_fits(), pytest.raises(OperationalError) as wrong:
        fill()
    assert is_full(wrong.value)
    assert "yyyy" not in str(wrong.value)
    assert alarms() == []


def fill() -> None:
    with transaction():
        for _ in range(3000):
            db.session.add(JournalEntry(at=AT, action="x", subject="x", detail={"x": ["yyyy"] * 2_000}))
            db.session.flush()


def test_reading_goes_on_when_nothing_can_be_written(app: Flask, sign_in: Callable[..., Browser]) -> None:
    from elus.identity.models import Session

    browser = sign_in(make.member())
    with transaction():
        db.session.execute(update(Session).values(seen_at=clock.now() - timedelta(minutes=9)))
    with read_only():
        assert browser.get("/aide").status_code == 200


@contextmanager
def read_only() -> Iterator[None]:
    """No connection may write any more."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("one kind of database is enough to see that reading goes on")
    db.session.rollback()

    def bound(connection: Any, *_others: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(db.engine, "checkout", bound)
    try:
        yield
    finally:
        event.remove(db.engine, "checkout", bound)
        db.session.rollback()
        db.engine.dispose()


def test_an_altered_file_met_by_a_page_rings_and_gives_a_page(app: Flask) -> None:
    with transaction():
        blob_id = blobs.write("file:1:1", [b"secret"], at=AT).id
    path = Path(app.instance_path) / "files" / db.session.get_one(Blob, blob_id).key
    path.write_bytes(path.read_bytes()[:-1])
    db.session.rollback()

    with pytest.raises(Damaged) as wrong:
        blobs.read(db.session.get_one(Blob, blob_id))
    response = answer(app, wrong.value)
    assert response.status_code == 500
    assert "secret" not in response.get_data(as_text=True)
    assert alarms() == ["blob_damaged"]
    assert db.session.get_one(Blob, blob_id).damaged_at is not None


def test_an_unknown_address_and_a_wrong_method_have_pages(app: Flask) -> None:
    browser = Browser(app)
    assert browser.get("/rien").status_code == 404
    assert browser.get("/reunions/12345678901234567890").status_code == 404
    response = browser.open("/static/x/y", method="POST")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
