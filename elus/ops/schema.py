"""Bringing the database to the schema this release expects."""

import logging
from datetime import datetime

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade

from elus.kernel import blobs
from elus.kernel.db import db, transaction
from elus.kernel.keyring import insist_on_known_keys


def current_revision() -> str | None:
    """The revision the database is at; None when it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """The revision of this release."""
    config = current_app.extensions["migrate"].migrate.get_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head
    return head


def migrate(at: datetime) -> None:
    """Upgrade to the head, quietly when there is nothing to do, and refuse a keyring that is not this database's."""
    to_head()
    with transaction():
        insist_on_known_keys(blobs.keyring(), at=at)


def to_head() -> None:
    """Upgrade the tables alone."""
    if current_revision() != head_revision():
        logging.getLogger("elus").info("bringing the database to revision %s", head_revision())
        upgrade()
