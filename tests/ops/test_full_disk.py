"""A disk that is really full, database and papers on it: reading goes on, writing says so, nothing is half done."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from elus import create_app
from elus.attendance.models import Answer
from elus.config import load
from elus.convocations.models import Version
from elus.identity.models import Session
from elus.kernel import clock
from elus.kernel.crypto import Keyring
from elus.kernel.db import db, transaction
from elus.ops import schema
from elus.register.models import Event
from tests import factories as make
from tests.conftest import Browser
from tests.convocations.cast import LATER, Council, run
from tests.identity.test_passkeys import token
from tests.papers.sending import Agent
from tests.reading.test_serving import CONTENT, Shelf

FULL = "L’espace disque est plein"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own; only whoever may mount one can fill it without harm to the others."""
    place = tmp_path / "disk"
    place.mkdir()
    made = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("mounting a disk needs to be root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def app(disk: Path) -> Iterator[Flask]:
    """A portal whose whole instance lives on that disk."""
    settings = load(
        {
            "ELUS_INSTANCE": str(disk),
            "ELUS_DATABASE_URL": f"sqlite:///{disk}/elus.sqlite",
            "ELUS_LISTEN": "127.0.0.1:80",
            "ELUS_PUBLIC_URL": "http://localhost",
            "ELUS_MAIL_FROM": "assemblees@elus.test",
            "ELUS_SMTP_URL": "smtp://127.0.0.1:9",
        }
    )
    Keyring.create(settings.keys)
    app = create_app(settings, testing=True)
    with app.app_context():
        schema.to_head()
        yield app
        db.session.remove()
        db.engine.dispose()


def fill(disk: Path) -> None:
    descriptor = os.open(disk / "fill", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except OSError:
        os.close(descriptor)


def empty(disk: Path) -> None:
    (disk / "fill").unlink()


def count(model: Any) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def send(browser: Browser, url: str, csrf: str, **fields: Any) -> Any:
    return browser.open(url, method="POST", data={**fields, "csrf_token": csrf})


def long_seen() -> None:
    """As if nobody had asked for a page for nine minutes: the next request wants to write it down."""
    with transaction():
        db.session.execute(update(Session).values(seen_at=clock.now() - timedelta(minutes=9)))


def test_a_member_goes_on_reading_what_was_opened_and_is_told_that_the_answer_is_not_kept(
    disk: Path, app: Flask, sign_in: Any
) -> None:
    shelf = Shelf()
    meeting = f"/reunions/{shelf.meeting_id}"
    reader, late = sign_in(shelf.member), sign_in(shelf.member)
    assert reader.get(shelf.url).status_code == 200
    csrf = token(reader)
    long_seen()
    fill(disk)
    for page in ("/", meeting, "/reunions", "/compte", "/compte/securite", "/aide"):
        assert reader.get(page).status_code == 200, page
    paper = reader.get(shelf.url)
    assert (paper.status_code, paper.data) == (200, CONTENT)
    assert reader.get(shelf.url, headers={"Range": "bytes=10-19"}).data == CONTENT[10:20]
    assert late.get(shelf.url).status_code == 503, "a paper leaves once its delivery is written down, never before"
    answer = send(reader, f"{meeting}/reponse", csrf, choice="comes")
    assert answer.status_code == 503
    assert FULL in answer.text
    empty(disk)
    assert (count(Answer), count(Event)) == (0, 1)
    assert late.get(shelf.url).status_code == 200
    assert count(Event) == 2
    assert send(reader, f"{meeting}/reponse", csrf, choice="comes").status_code in {302, 303}


def test_an_agent_is_told_that_nothing_leaves(disk: Path, app: Flask, sign_in: Any) -> None:
    council = Council()
    browser, url = sign_in(council.secretary), f"/secretariat/reunions/{council.meeting_id}"
    csrf, order = token(browser), council.order()
    fill(disk)
    assert browser.get(f"{url}/controler").status_code == 200
    answer = send(browser, f"{url}/publier", csrf, revision=order.revision, author=order.author_id)
    assert answer.status_code == 503
    assert FULL in answer.text
    empty(disk)
    assert count(Version) == 0
    assert send(browser, f"{url}/publier", csrf, revision=order.revision, author=order.author_id).status_code == 303
    fill(disk)
    db.session.rollback()
    with pytest.raises(OperationalError, match="full"):
        run(council.at + LATER)
    empty(disk)
    run(council.at + LATER + timedelta(minutes=1))
    db.session.rollback()
    assert db.session.scalars(select(Version)).one().pdf_id is not None, "it leaves once there is room"


def test_a_file_that_does_not_fit_says_so_and_may_be_sent_again(disk: Path, app: Flask, sign_in: Any) -> None:
    agent = Agent(sign_in)
    told = agent.announce("Rapport.pdf", 200_000).get_json()
    content = os.urandom(200_000)
    fill(disk)
    assert agent.part(told["id"], 1, content).status_code in {503, 507}
    assert agent.announce("Autre.pdf", 100).status_code in {503, 507}
    empty(disk)
    assert agent.part(told["id"], 1, content).status_code == 201


def test_signing_in_says_so_and_signing_out_forgets_this_browser(disk: Path, app: Flask, sign_in: Any) -> None:
    somebody = make.member()
    make.complete_account(somebody)
    here, stranger = sign_in(somebody), Browser(app)
    csrf, theirs = token(here), token(stranger)
    fill(disk)
    assert stranger.get("/connexion").status_code == 200
    answer = send(stranger, "/connexion", theirs, address=somebody.email, password=make.PASSWORD)
    assert answer.status_code == 503
    assert FULL in answer.text
    assert send(here, "/deconnexion", csrf).status_code == 503
    assert here.get("/compte").status_code == 302, "whoever takes the tablet next is nobody"
    empty(disk)
    assert send(stranger, "/connexion", theirs, address=somebody.email, password=make.PASSWORD).status_code == 302
