"""Models, column types and the one transaction.

Answers the threat of silently lost updates: on SQLite a transaction that writes takes its lock at BEGIN.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask import abort
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, LargeBinary, MetaData, Select, String, Text, TypeDecorator, Uuid, event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

SAFE_WAL = (3, 51, 3)  # earlier libraries may corrupt a database when the WAL is reset


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC datetime in Python, on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a row holds; a backup reads it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, default=uuid.uuid4)]
Instant = Annotated[datetime, mapped_column(UtcInstant)]
Line = Annotated[str, mapped_column(String(300))]
Code = Annotated[str, mapped_column(String(64))]
Prose = Annotated[str, mapped_column(Text)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Model, disable_autonaming=True)
migrate = Migrate(render_as_batch=True, compare_type=True)


def engine_options(url: str) -> dict[str, Any]:
    """Options of the engine for a database URL: SQLite takes the most recent library at hand, and no value reaches a log."""
    if not url.startswith("sqlite"):
        return {"pool_pre_ping": True, "pool_size": 10, "hide_parameters": True}
    return {"module": sqlite_module(), "connect_args": {"timeout": 15}, "hide_parameters": True}


def sqlite_module() -> Any:
    """The SQLite driver: pysqlite3 where its wheel exists, else Python's own."""
    try:
        from pysqlite3 import dbapi2 as driver
    except ImportError:
        import sqlite3 as driver
    return driver


def _on_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    journal = "WAL" if sqlite_module().sqlite_version_info >= SAFE_WAL else "TRUNCATE"
    for pragma in (f"journal_mode={journal}", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=15000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def prepare_engine(engine: Engine) -> None:
    """Give SQLite its pragmas and an explicit BEGIN; PostgreSQL needs nothing."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "begin", _on_begin):
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)


@contextmanager
def transaction() -> Iterator[None]:
    """The only commit: what must happen together is written here, at the edge, and never nested.

    What the request read before is let go, so that the work is done on rows read under the lock.
    """
    session = db.session
    session.rollback()
    session.connection(execution_options={"writes": True})
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


def one_or_404(selection: Select[T]) -> T:
    """The one row a gate may show, else 404: one cannot tell what exists."""
    found = db.session.scalars(selection.limit(1)).first()
    if found is None:
        abort(404)
    return found
