"""The application under test: real rows in a real database, an outbox one reads, a clock one gives."""

import contextvars
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from elus import create_app
from elus.config import load
from elus.kernel.crypto import Keyring
from elus.kernel.db import db
from elus.ops import schema
from tests.canaries import watch

AT = datetime(2026, 10, 5, 14, 0, tzinfo=UTC)
"""A Monday afternoon: the instant most stories are told at."""


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database URL: SQLite by default, a real PostgreSQL with ELUS_TEST_DATABASE=postgresql."""
    if os.environ.get("ELUS_TEST_DATABASE") != "postgresql":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'elus.sqlite'}"
        return
    from tests.postgresql import server

    with server() as url:
        yield url


@pytest.fixture(scope="session")
def whole_app(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Flask]:
    """One application for the session; its database is emptied before each test."""
    instance = tmp_path_factory.mktemp("instance")
    settings = load(
        {
            "ELUS_INSTANCE": str(instance),
            "ELUS_DATABASE_URL": database,
            "ELUS_LISTEN": "127.0.0.1:80",
            "ELUS_PUBLIC_URL": "http://localhost",
            "ELUS_MAIL_FROM": "assemblees@elus.test",
        }
    )
    Keyring.create(settings.keys)
    app = create_app(settings, testing=True)
    logging.getLogger().addHandler(watch)
    logging.getLogger("elus").setLevel(logging.INFO)
    with app.app_context():
        schema.to_head()
    yield app
    logging.getLogger().removeHandler(watch)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(whole_app: Flask) -> Iterator[Flask]:
    """The application with an empty database and an empty storage, in an application context."""
    instance = Path(whole_app.instance_path)
    shutil.rmtree(instance / "files", ignore_errors=True)
    shutil.rmtree(instance / "outbox", ignore_errors=True)
    (instance / "files").mkdir()
    whole_app.extensions["elus.queue"].flush()
    watch.begin()
    with whole_app.app_context():
        _empty()
        yield whole_app
        db.session.rollback()
        db.session.remove()
    watch.end()


def _empty() -> None:
    tables = [table.name for table in reversed(db.metadata.sorted_tables)]
    with db.engine.execution_options(writes=True).begin() as connection:
        if db.engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
            return
        triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _sql in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for table in tables:
            connection.exec_driver_sql(f"DELETE FROM {table}")
        for _name, sql in triggers:
            connection.exec_driver_sql(sql)


class Browser:
    """A person at the test client: CSRF stays on, and every page fetched is checked."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()

    def open(self, url: str, **options: Any) -> TestResponse:
        """One request in a fresh context, as a server would."""
        watch.learn(options.get("data"))
        watch.learn(options.get("json"))
        response: TestResponse = contextvars.Context().run(self.client.open, url, **options)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400 and response.data:
            check_page(response)
        return response

    def get(self, url: str, **options: Any) -> TestResponse:
        return self.open(url, method="GET", **options)

    def post(
        self, url: str, data: dict[str, Any] | None = None, page: str | None = None, **options: Any
    ) -> TestResponse:
        """Fetch the page that holds the form (the same address unless told) and send its token with the data."""
        return self.open(url, method="POST", data={**(data or {}), "csrf_token": self.token(page or url)}, **options)

    submit = post

    def token(self, page: str) -> str:
        """The CSRF token of a page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def follow(self, response: TestResponse) -> TestResponse:
        """Where a redirection leads."""
        parts = urlsplit(response.headers["Location"])
        return self.get(parts.path + (f"?{parts.query}" if parts.query else ""))


class _Page(HTMLParser):
    """What every page must have."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.inline: list[str] = []
        self.title = ""
        self._in: list[str] = []
        self.lang = ""
        self.label_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags[tag] += 1
        self._in.append(tag)
        if "id" in values:
            self.ids[str(values["id"])] += 1
        if tag == "html":
            self.lang = values.get("lang") or ""
        if tag == "label":
            self.label_depth += 1
            self.labelled.add(values.get("for") or "")
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.inline.append("script")
        if "style" in values or any(name.startswith("on") for name in values):
            self.inline.append(f"{tag} {sorted(values)}")
        if tag in {"input", "select", "textarea"} and values.get("type") not in {"hidden", "submit", "button"}:
            values["_inside_label"] = "yes" if self.label_depth else None
            self.fields.append(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.label_depth -= 1
        while self._in and self._in.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._in and self._in[-1] == "title" and "svg" not in self._in:
            self.title += data


def check_page(response: TestResponse) -> None:
    """Title, language, one h1, unique ids, a label for each field, nothing inline."""
    if not response.text.lstrip().lower().startswith("<!doctype"):
        return  # a fragment
    page = _Page()
    page.feed(response.text)
    where = response.request.path
    assert page.lang == "fr", where
    assert page.title.strip().endswith("Élus"), f"{where}: title « {page.title} »"
    assert page.tags["h1"] == 1, f"{where}: {page.tags['h1']} h1"
    assert not [name for name, count in page.ids.items() if count > 1], f"{where}: ids {page.ids.most_common(3)}"
    assert not page.inline, f"{where}: inline {page.inline}"
    for field in page.fields:
        named = field.get("_inside_label") or field.get("aria-label") or field.get("aria-labelledby")
        assert named or field.get("id") in page.labelled, f"{where}: field {field} has no label"


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A stranger's browser."""
    return Browser(app)


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., Browser]:
    """A browser whose session has proven both factors for a person or a user."""
    from tests import factories as make

    def sign(person: Any) -> Browser:
        browser = Browser(app)
        token = make.session_token(person)
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    return sign


class Queries:
    """Counts the SQL statements of a block."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        return len(self.statements)


@pytest.fixture
def queries(app: Flask) -> Iterator[Callable[[], Any]]:
    """`with queries() as q: …; q.count` — statements, BEGIN and COMMIT left aside."""
    from contextlib import contextmanager

    from sqlalchemy import event

    @contextmanager
    def counting() -> Iterator[Queries]:
        found = Queries()

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith("BEGIN"):
                found.statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield found
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    yield counting
