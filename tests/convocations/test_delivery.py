"""From the press to the mail server, over real SMTP: what it said of each person, and what the register keeps of it."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.convocations.models import Version
from elus.convocations.tasks import seal_due, send_due
from elus.kernel.db import db
from elus.kernel.outbox import Letter, LetterState
from elus.register.models import Event
from elus.register.queries import first_broken_link
from tests.convocations.cast import LATER, Council, run
from tests.kernel.mail_server import MailServer, running


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    with running(MailServer()) as house:
        settings = app.extensions["elus.settings"]
        app.extensions["elus.settings"] = replace(settings, smtp_url=house.url)
        yield house


def _events(kind: str) -> list[dict[str, Any]]:
    db.session.rollback()
    return [json.loads(line) for line in db.session.scalars(select(Event.line).where(Event.type == kind))]


def _states() -> list[str]:
    db.session.rollback()
    return sorted(state.value for state in db.session.scalars(select(Letter.state)))


def test_each_person_gets_one_message_with_the_sealed_convocation(app: Flask, server: MailServer) -> None:
    council = Council()
    version = council.sent()
    assert sorted(to for to, _ in server.received) == sorted(
        str(who.email) for who in [council.president, council.substitute, *council.members]
    )
    message = server.messages[0]
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["convocation.pdf", "point-01-note.pdf"]
    assert str(message["Subject"]).startswith("Convocation – Conseil communautaire, ")
    body = message.get_body(("plain",))
    assert body
    text = body.get_content()
    for expected in ("Ordre du jour".upper(), "1. Note 1", "Tarifs de l’eau 2027", "Présidente", "/reunions/"):
        assert expected in text
    html = message.get_body(("html",))
    assert html
    assert "<img" not in html.get_content()
    assert server.connections == 1
    db.session.rollback()
    assert db.session.get_one(Version, version.id).done_at


def test_the_register_keeps_the_answer_of_the_server_and_no_name(app: Flask, server: MailServer) -> None:
    council = Council()
    council.sent()
    found = _events("smtp_accepted")
    assert len(found) == 5
    assert {event["code"] for event in found} == {250}
    assert all(len(event["queue"]) == 64 for event in found)
    assert "exemple.invalid" not in json.dumps(found)
    assert first_broken_link() is None


def test_a_substitute_and_a_name_with_markup_are_written_to_in_their_own_words(app: Flask, server: MailServer) -> None:
    council = Council()
    council.sent()
    texts = {
        to: message.get_body(("plain",)).get_content()
        for (to, _), message in zip(server.received, server.messages, strict=True)
    }  # type: ignore[union-attr]
    assert "à titre de suppléante" in texts[str(council.substitute.email)]
    assert "suppléante" not in texts[str(council.members[0].email)]
    assert f"{council.members[0].formal_name}," in texts[str(council.members[0].email)]


def test_a_refused_recipient_is_told_and_the_others_leave(app: Flask, server: MailServer) -> None:
    council = Council()
    lost = str(council.members[0].email)
    server.rcpt = lambda address: "552 5.2.2 Mailbox full" if address == lost else None
    council.sent()
    assert _states() == ["accepted"] * 4 + ["refused"]
    (event,) = _events("smtp_refused")
    assert (event["code"], event["enhanced"]) == (552, "5.2.2")
    db.session.rollback()
    assert db.session.scalars(select(Version.done_at)).one()


def test_a_deferred_recipient_waits_and_the_version_is_not_closed(app: Flask, server: MailServer) -> None:
    council = Council()
    late = str(council.members[0].email)
    server.rcpt = lambda address: "451 4.3.0 Later" if address == late else None
    council.sent()
    assert _states() == ["accepted"] * 4 + ["deferred"]
    assert len(_events("smtp_deferred")) == 1
    assert db.session.scalars(select(Version.done_at)).one() is None
    server.rcpt = lambda address: None
    run(council.at + timedelta(minutes=10))
    assert _states() == ["accepted"] * 5


def test_a_server_that_is_down_loses_nothing(app: Flask) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = app.extensions["elus.settings"]
    app.extensions["elus.settings"] = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")
    council = Council()
    council.sent()
    assert _states() == ["queued"] * 5
    with running(MailServer(), port=port) as house:
        run(council.at + timedelta(minutes=5))
        assert len(house.received) == 5
    assert _states() == ["accepted"] * 5


def test_a_slow_server_holds_nobody_up(app: Flask, server: MailServer) -> None:
    server.wait = 0.3
    council = Council()
    council.publish()
    seal_due(council.at + LATER)
    began = time.monotonic()
    send_due(council.at + LATER)
    assert _states() == ["accepted"] * 5
    assert time.monotonic() - began < 10


def test_a_second_run_sends_nothing_again(app: Flask, server: MailServer) -> None:
    council = Council()
    council.sent()
    run(council.at + timedelta(minutes=3))
    assert len(server.received) == 5
    assert {letter.state for letter in db.session.scalars(select(Letter))} == {LetterState.ACCEPTED}
