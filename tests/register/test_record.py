"""One chain per convocation, without personal data, that nobody rewrites."""

import hashlib
import json
import threading
import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from elus.kernel.db import db, transaction
from elus.register import queries
from elus.register.actions import Entry, record, record_many
from elus.register.models import Chain, Event
from elus.register.queries import first_broken_link
from tests.conftest import AT


def _opened(convocation: uuid.UUID, person: uuid.UUID, **other: object) -> None:
    with transaction():
        record("convocation_opened", convocation, at=AT, who=person, version="0" * 64, **other)


def test_each_entry_names_the_hash_of_the_one_before(app: Flask) -> None:
    convocation, person = uuid.uuid4(), uuid.uuid4()
    for _ in range(3):
        _opened(convocation, person)
    lines = [event.line for event in db.session.scalars(select(Event).order_by(Event.n))]
    hashes = [hashlib.sha256(b"\0" + line.encode()).hexdigest() for line in lines]
    assert [json.loads(line)["prev"] for line in lines] == [hashlib.sha256(b"").hexdigest(), *hashes[:2]]
    assert [json.loads(line)["n"] for line in lines] == [0, 1, 2]
    assert queries.first_broken_link() is None


def test_an_entry_holds_a_pseudonym_that_another_convocation_does_not_share(app: Flask) -> None:
    person = uuid.uuid4()
    _opened(uuid.uuid4(), person)
    _opened(uuid.uuid4(), person)
    first, second = db.session.scalars(select(Event)).all()
    assert first.who != second.who
    assert str(person) not in first.line
    assert person.hex not in first.line


def test_a_retry_with_the_same_key_writes_nothing(app: Flask) -> None:
    convocation, person = uuid.uuid4(), uuid.uuid4()
    _opened(convocation, person, once="a")
    _opened(convocation, person, once="a")
    assert len(db.session.scalars(select(Event)).all()) == 1


def test_what_the_schema_does_not_know_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="no event"), transaction():
        record("gossip", uuid.uuid4(), at=AT)
    with pytest.raises(ValueError, match="name"), transaction():
        record("withdrawn", uuid.uuid4(), at=AT, name="Camille")


@pytest.mark.parametrize("statement", ["UPDATE register_event SET type = 'x'", "DELETE FROM register_event"])
def test_the_database_itself_refuses_to_change_an_entry(app: Flask, statement: str) -> None:
    _opened(uuid.uuid4(), uuid.uuid4())
    with pytest.raises(DatabaseError, match="append-only"), transaction():
        db.session.execute(text(statement))


def test_a_shortened_chain_is_found(app: Flask) -> None:
    convocation = uuid.uuid4()
    _opened(convocation, uuid.uuid4())
    with transaction():
        db.session.execute(update(Chain).values(length=0))
    assert queries.first_broken_link() == queries.BrokenLink(convocation, 1)


def test_first_instants_by_person(app: Flask) -> None:
    convocation, reader, other = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    with transaction():
        record("convocation_opened", convocation, at=AT + timedelta(hours=2), who=reader)
        record("convocation_opened", convocation, at=AT + timedelta(hours=1), who=reader)
        record("acknowledged", convocation, at=AT + timedelta(hours=3), who=reader, level="simple")
    assert queries.firsts(convocation, [reader, other]) == {
        reader: {"convocation_opened": AT + timedelta(hours=1), "acknowledged": AT + timedelta(hours=3)}
    }
    assert [event.type for event in queries.about(convocation, other)] == []


def test_writers_at_the_same_time_make_one_chain(app: Flask) -> None:
    convocation = uuid.uuid4()
    _opened(convocation, uuid.uuid4())

    def write() -> None:
        with app.app_context():
            for _ in range(5):
                _opened(convocation, uuid.uuid4())
            db.session.remove()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.session.scalars(select(Event.n).order_by(Event.n)).all() == list(range(21))
    assert queries.first_broken_link() is None


def test_six_hundred_events_cost_as_many_statements_as_sixty(app: Flask, queries) -> None:  # type: ignore[no-untyped-def]
    def cost(number: int) -> int:
        entries = [Entry("convocation_opened", uuid.uuid4(), None, {"version": "0" * 64}) for _ in range(number)]
        with queries() as counted, transaction():
            written = record_many(uuid.uuid4(), entries, at=AT)
            assert [event.n for event in written] == list(range(number))
            assert [event.position for event in written] == sorted(event.position for event in written)
        return int(counted.count)

    assert cost(60) == cost(600)
    assert first_broken_link() is None


def test_of_two_entries_with_the_same_key_in_one_call_one_is_written(app: Flask) -> None:
    convocation = uuid.uuid4()
    entries = [Entry("withdrawn", None, "a", {"version": "0" * 64})] * 2
    with transaction():
        assert len(record_many(convocation, entries, at=AT)) == 1
    with transaction():
        assert record_many(convocation, entries, at=AT) == []
