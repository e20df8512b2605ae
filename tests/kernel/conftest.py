"""A mail server, and settings changed for one test."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.kernel.mail_server import MailServer, running


@pytest.fixture
def configured(app: Flask) -> Iterator[Callable[..., None]]:
    """Change the settings of the application for one test."""
    before = app.extensions["elus.settings"]

    def change(**values: Any) -> None:
        app.extensions["elus.settings"] = replace(before, **values)

    yield change
    app.extensions["elus.settings"] = before


@pytest.fixture
def server(configured: Callable[..., None]) -> Iterator[MailServer]:
    with running(MailServer()) as house:
        configured(smtp_url=house.url)
        yield house
