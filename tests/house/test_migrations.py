"""The revisions build what the models say, up and down, and the database keeps its own refusals."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from elus import create_app
from elus.config import load
from elus.kernel.db import db
from elus.ops import schema


@pytest.fixture
def fresh(app: Flask, tmp_path: Path):  # type: ignore[no-untyped-def]
    """An application over an empty database of the same kind."""
    settings = app.extensions["elus.settings"]
    url = f"sqlite:///{tmp_path / 'fresh.sqlite'}"
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS fresh"))
            connection.execute(text("CREATE DATABASE fresh TEMPLATE template0 ENCODING 'UTF8'"))
        url = db.engine.url.set(database="fresh").render_as_string(hide_password=False)
    found = load(
        {
            "ELUS_INSTANCE": str(tmp_path),
            "ELUS_KEYS": str(settings.keys),
            "ELUS_DATABASE_URL": url,
            "ELUS_LISTEN": "127.0.0.1:80",
        }
    )
    other = create_app(found, testing=True)
    with other.app_context():
        yield other
        db.session.remove()
        db.engine.dispose()


def test_the_head_equals_the_models(fresh: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        assert compare_metadata(context, db.metadata) == []
    assert schema.current_revision() == schema.head_revision()


def test_the_revisions_go_down_and_up_again(fresh: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert schema.current_revision() is None
    upgrade()
    assert schema.current_revision() == schema.head_revision()
