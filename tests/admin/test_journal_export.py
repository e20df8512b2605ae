"""The journal as a table for a spreadsheet."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from elus.identity.models import Session
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.gate import FRESH
from elus.kernel.journal import JournalEntry
from tests import factories as make
from tests.conftest import AT, Browser

SignIn = Callable[..., Browser]


def table(browser: Browser, url: str = "/journal.csv") -> list[list[str]]:
    answer = browser.get(url)
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(answer.text[1:]), delimiter=";"))


def fill(count: int, **detail: Any) -> None:
    with transaction():
        db.session.add_all(
            JournalEntry(
                at=AT + timedelta(seconds=n), action="scrubbed", subject="storage", detail={"read": n, **detail}
            )
            for n in range(count)
        )


def test_every_line_asked_for_is_there_once_newest_first(app: Flask, sign_in: SignIn) -> None:
    fill(1203)
    rows = table(sign_in(make.administrator()), "/journal.csv?quoi=portail")
    assert rows[0][2] == "Ce qui s’est passé"
    assert len({row[0] for row in rows[1:]}) == len(rows) - 1 == 1203
    assert [row[0] for row in rows[1:]] == sorted((row[0] for row in rows[1:]), reverse=True)
    assert rows[1][0] == "2026-10-05 16:20:02+02:00"
    assert rows[1][2] == "Le portail a relu 1\u202f202\u00a0fichiers\u00a0: tous intacts."


def test_no_cell_is_a_formula(app: Flask, sign_in: SignIn) -> None:
    trickster = make.person(civility="=cmd()", first_name="& <b>", last_name="x")
    user_id = make.account(trickster).id
    with transaction():
        journal.write("invited", f"user:{user_id}", at=AT, by=user_id, client="@SUM(1)")
    row = table(sign_in(make.administrator()), "/journal.csv?quoi=comptes")[1]
    assert row[1] == "'=cmd() & <b> x"
    assert row[2].startswith("'=cmd() & <b> x a envoyé")
    assert row[5] == "'@SUM(1)"


def test_an_export_is_a_line_and_nothing_is_given_in_advance(app: Flask, sign_in: SignIn) -> None:
    boss = make.administrator()
    browser = sign_in(boss)
    assert browser.get("/journal.csv", headers={"Sec-Purpose": "prefetch"}).status_code == 204
    db.session.rollback()
    assert db.session.scalars(select(JournalEntry)).all() == []
    rows = table(browser, "/journal.csv?nom=x")
    assert len(rows) == 1
    db.session.rollback()
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.action, entry.detail) == ("journal_exported", {"filters": ["nom"]})


def test_a_secretariat_exports_what_it_may_read_and_no_more(app: Flask, sign_in: SignIn) -> None:
    council, neighbour = make.organization(), make.organization("Conseil municipal")
    with transaction():
        for one in (make.meeting(council).id, make.meeting(neighbour).id):
            journal.write("meeting_created", f"meeting:{one}", at=AT)
    rows = table(sign_in(make.secretary(council)))
    assert [row[6] for row in rows[1:]] == ["journal_exported", "meeting_created"]
    assert rows[2][3].startswith("Conseil communautaire, ")


def test_a_proof_of_a_moment_ago_is_asked_for(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(make.administrator())
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - FRESH - timedelta(seconds=1)))
    answer = browser.get("/journal.csv")
    assert answer.mimetype != "text/csv"
    db.session.rollback()
    assert db.session.scalars(select(JournalEntry)).all() == []


def test_a_large_export_takes_little_memory(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(make.administrator())
    browser.get("/journal.csv")
    fill(5000)
    tracemalloc.start()
    sent = sum(len(piece) for piece in browser.client.get("/journal.csv", buffered=False).iter_encoded())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent > 400_000
    assert peak < 6_000_000
