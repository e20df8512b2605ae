"""An installation that may send: a demonstration, which writes its letters to the outbox folder."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask


@pytest.fixture(autouse=True)
def outbox_folder(app: Flask) -> Iterator[None]:
    """Letters are written, not sent, unless a test sets a mail server."""
    settings = app.extensions["elus.settings"]
    app.extensions["elus.settings"] = replace(settings, demonstration=True)
    yield
    app.extensions["elus.settings"] = settings
