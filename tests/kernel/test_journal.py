"""The journal is append-only: the database itself refuses, whoever asks."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry

DEPLOY = Path(__file__).parents[2] / "deploy" / "postgresql.sql"


def note(days_ago: int = 0) -> None:
    with transaction():
        journal.write("scrubbed", "storage", at=clock.now() - timedelta(days=days_ago), read=1, wrong=0)


def test_a_line_never_changes(app: Flask) -> None:
    note(days_ago=500)
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.execute(update(JournalEntry).values(action="invited"))


def test_a_line_of_less_than_twelve_months_is_not_erased_and_an_older_one_is(app: Flask) -> None:
    note(days_ago=360)
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.execute(delete(JournalEntry))
    db.session.rollback()
    note(days_ago=367)
    with transaction():
        db.session.execute(delete(JournalEntry).where(JournalEntry.at < clock.now() - timedelta(days=366)))
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == 1


def test_a_line_outside_a_request_has_no_session_nor_device(app: Flask) -> None:
    note()
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.session_id, entry.client) == (None, "")


@pytest.fixture
def portal(app: Flask) -> Iterator[Engine]:
    """A connection of the everyday role, with what deploy/postgresql.sql gives it."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("roles are PostgreSQL's")
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as owner:
        if not owner.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'elus'")):
            owner.execute(text("CREATE ROLE elus LOGIN PASSWORD 'elus'"))
        owner.exec_driver_sql(DEPLOY.read_text().replace("%", "%%"))
    engine = create_engine(db.engine.url.set(username="elus", password="elus"), poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    "order",
    [
        "UPDATE journal_entry SET action = 'x'",
        "TRUNCATE journal_entry CASCADE",
        "TRUNCATE register_event CASCADE",
        "UPDATE register_event SET line = ''",
        "DELETE FROM register_event",
        "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER journal_entry_append_only ON journal_entry",
        "DROP FUNCTION journal_entry_refuse() CASCADE",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_the_everyday_role_may_not_even_ask(portal: Engine, order: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), portal.begin() as connection:
        connection.exec_driver_sql(order)


def test_the_everyday_role_writes_reads_and_erases_what_is_old(portal: Engine) -> None:
    note(days_ago=400)
    with portal.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO journal_entry (id, at, client, action, subject, detail) "
                "VALUES (gen_random_uuid(), now(), '', 'scrubbed', 'storage', '{}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO alarm_seen (entry_id, at) SELECT id, now() FROM journal_entry WHERE at > now() - interval '1 day'"
            )
        )
    with portal.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM journal_entry")) == 2
        erased = connection.execute(text("DELETE FROM journal_entry WHERE at < now() - interval '13 months'"))
        assert erased.rowcount == 1
