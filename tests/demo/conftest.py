"""One demonstration for all these tests: built once, read by most, changed by those that say so."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from elus import create_app
from elus.config import load
from elus.demo import build
from elus.kernel.crypto import Keyring
from elus.kernel.db import db

AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
"""A Wednesday: fourteen days later is a Wednesday too."""


def application(instance: Path) -> Flask:
    """An application over its own empty database, tables made."""
    settings = load(
        {"ELUS_INSTANCE": str(instance), "ELUS_LISTEN": "127.0.0.1:80", "ELUS_PUBLIC_URL": "http://localhost"}
    )
    Keyring.create(settings.keys)
    app = create_app(settings, testing=True)
    with app.app_context():
        db.create_all()
    return app


@dataclass(frozen=True)
class Built:
    """The application of the demonstration, what its creation said, and how long it took."""

    app: Flask
    made: build.Made
    seconds: float


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    app = application(tmp_path_factory.mktemp("demonstration"))
    with app.app_context():
        began = time.monotonic()
        made = build.create(AT)
        assert made
        seconds = time.monotonic() - began
    yield Built(app, made, seconds)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def demo(built: Built) -> Iterator[Flask]:
    """The demonstration, in an application context."""
    with built.app.app_context():
        yield built.app
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Flask]:
    """An application over an empty database."""
    app = application(tmp_path / "instance")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
