"""Alembic's environment: the application's own engine and metadata."""

from typing import Any, Literal

from alembic import context
from flask import current_app

from elus.kernel.db import UtcInstant, db


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Revisions name SQLAlchemy's types only, so that they outlive ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcInstant) else False


def run() -> None:
    """Run the revisions over one connection that takes its write lock first."""
    settings = current_app.extensions["migrate"].configure_args
    engine = db.engine.execution_options(writes=True)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata, render_item=render, **settings)
        with context.begin_transaction():
            context.run_migrations()


run()
