"""Letters leave, and each person’s answer is kept word for word."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from elus.kernel import blobs, outbox
from elus.kernel.db import db, transaction
from elus.kernel.outbox import Letter, LetterState
from tests.conftest import AT
from tests.kernel.letters import Told, deliver, journal, letter, letters
from tests.kernel.mail_server import MailServer


def test_an_accepted_letter_keeps_the_words_of_the_server(server: MailServer) -> None:
    letter()
    told: Told = []
    assert deliver(told=told) == 1
    (sent,) = letters()
    assert (sent.state, sent.reply_code, sent.enhanced_code) == (LetterState.ACCEPTED, 250, "2.0.0")
    assert (sent.queue_id, sent.reply_text) == ("4XyZ0001", "2.0.0 Ok: queued as 4XyZ0001")
    assert sent.relay == f"127.0.0.1:{server.port} [127.0.0.1]"
    assert sent.sent_at is not None
    assert timedelta() <= sent.sent_at - AT < timedelta(seconds=5)
    assert told == [(sent.recipient, told[0][1])]
    assert (told[0][1].kind, told[0][1].tls, told[0][1].sent_at) == ("accepted", None, sent.sent_at)
    assert deliver() == 0
    assert len(server.received) == 1


def test_sixty_letters_leave_over_one_connection_in_the_order_they_were_due(server: MailServer) -> None:
    for n in range(60):
        letter(n, due_at=AT - timedelta(seconds=n))
    assert deliver() == 60
    assert server.connections == 1
    assert [to for to, _ in server.received] == [f"personne{n}@exemple.invalid" for n in reversed(range(60))]


def test_a_letter_not_due_held_or_withdrawn_stays(server: MailServer) -> None:
    letter(1, due_at=AT + timedelta(seconds=60))
    letter(2, state=LetterState.HELD)
    letter(3, state=LetterState.WITHDRAWN)
    assert deliver() == 0
    assert server.connections == 0


def test_one_refused_person_does_not_stop_the_others(server: MailServer) -> None:
    server.rcpt = lambda address: "550 5.1.1 No such person" if "personne2" in address else None
    for n in (1, 2, 3):
        letter(n)
    told: Told = []
    assert deliver(told=told) == 3
    one, two, three = letters()
    assert (one.state, three.state) == (LetterState.ACCEPTED, LetterState.ACCEPTED)
    assert (two.state, two.reply_code, two.enhanced_code) == (LetterState.REFUSED, 550, "5.1.1")
    assert two.reply_text == "5.1.1 No such person"
    assert server.connections == 1
    assert deliver(AT + timedelta(days=1)) == 0


def test_a_message_refused_after_its_content_is_refused(server: MailServer) -> None:
    server.data = lambda address: "554 5.7.1 Looks like spam"
    letter()
    deliver()
    assert (letters()[0].state, letters()[0].enhanced_code) == (LetterState.REFUSED, "5.7.1")


def test_a_greylisted_letter_waits_then_leaves(server: MailServer) -> None:
    server.rcpt = lambda address: "451 4.7.1 Greylisted, come back"
    letter()
    told: Told = []
    deliver(told=told)
    (waiting,) = letters()
    assert (waiting.state, waiting.reply_code, waiting.tries) == (LetterState.DEFERRED, 451, 1)
    assert timedelta(minutes=2) <= waiting.due_at - AT < timedelta(minutes=3)
    assert (told[0][1].kind, told[0][1].next_at) == ("deferred", waiting.due_at)
    assert deliver(AT + timedelta(minutes=1)) == 0
    server.rcpt = lambda address: None
    assert deliver(AT + timedelta(minutes=3)) == 1
    assert letters()[0].state is LetterState.ACCEPTED


def test_a_letter_deferred_for_two_days_is_given_up(server: MailServer) -> None:
    server.rcpt = lambda address: "451 4.2.2 Mailbox full"
    letter()
    at, kinds = AT, []
    for _ in range(60):
        told: Told = []
        deliver(at, told=told)
        kinds.append(told[0][1].kind)
        (waiting,) = letters()
        if waiting.state is LetterState.REFUSED:
            break
        at = waiting.due_at
    assert kinds[-1] == "refused"
    assert timedelta(hours=46) < at - AT < timedelta(hours=50)
    assert (waiting.reply_code, waiting.enhanced_code) == (451, "4.2.2")


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nRCPT TO:<x@y>", "two@exemple.invalid,three@exemple.invalid", "nobody", "é@exemple.invalid", "<a@b>"],
)
def test_an_address_that_cannot_stand_in_an_envelope_is_refused_here(server: MailServer, address: str) -> None:
    letter(recipient=address)
    letter(2)
    assert deliver() == 2
    states = {each.recipient: each.state for each in letters()}
    assert states == {address: LetterState.REFUSED, "personne2@exemple.invalid": LetterState.ACCEPTED}


def test_a_domain_with_accents_is_written_in_ascii(server: MailServer) -> None:
    letter(recipient="mairie@église.invalid")
    deliver()
    assert [to for to, _ in server.received] == ["mairie@xn--glise-9ra.invalid"]


def test_an_attachment_that_was_altered_keeps_its_letter_and_rings(app: Flask, server: MailServer) -> None:
    with transaction():
        blob = blobs.write("convocation:1", [b"%PDF-1.7"], at=AT)
    path = Path(app.instance_path) / "files" / blob.key
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    letter(1, attachments=[{"blob": str(blob.id), "name": "convocation.pdf", "type": "application/pdf"}])
    letter(2)
    assert deliver() == 1
    kept, sent = letters()
    assert (kept.state, sent.state) == (LetterState.QUEUED, LetterState.ACCEPTED)
    assert kept.due_at > AT
    assert journal() == ["blob_damaged"]


def test_a_demonstration_writes_its_letters_and_never_says_accepted(
    app: Flask, configured: Callable[..., None]
) -> None:
    configured(smtp_url=None, demonstration=True)
    letter()
    told: Told = []
    assert deliver(told=told) == 1
    (written,) = letters()
    assert (written.state, told[0][1].kind, written.reply_code) == (LetterState.WRITTEN, "written", None)
    (path,) = (Path(app.instance_path) / "outbox").iterdir()
    assert path.name == written.message_id.strip("<>") + ".eml"
    assert b"Vous =C3=AAtes convoqu=C3=A9e." in path.read_bytes()


def test_a_real_installation_without_server_keeps_its_letters(configured: Callable[..., None]) -> None:
    configured(smtp_url=None, demonstration=False)
    letter()
    assert deliver() == 0
    assert letters()[0].state is LetterState.QUEUED


def test_the_rate_is_measured_on_the_last_run(app: Flask) -> None:
    assert outbox.measured_rate() is None
    for n in range(40):
        run = AT - timedelta(days=1) if n < 20 else AT
        made = letter(n)
        with transaction():
            db.session.execute(
                update(Letter)
                .where(Letter.id == made.id)
                .values(state=LetterState.ACCEPTED, sent_at=run + timedelta(seconds=(n % 20) * 0.5))
            )
    assert outbox.measured_rate() == pytest.approx(2.0)


def test_queries_do_not_grow_with_the_letters_of_a_batch(server: MailServer, queries: Callable[[], Any]) -> None:
    counts = []
    for size in (2, 20):
        for _ in range(size):
            letter(int.from_bytes(os.urandom(4), "big"))
        with queries() as counted:
            assert deliver() == size
        counts.append(counted.count)
    assert counts[0] == counts[1]


def test_one_attachment_is_read_and_encoded_once_for_all(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = os.urandom(300_000)
    with transaction():
        blob_id = blobs.write("convocation:1", [pdf], at=AT).id
    for n in range(30):
        letter(
            n,
            attachments=[
                {"blob": str(blob_id), "name": "convocation.pdf", "type": "application/pdf"},
                {"text": "BEGIN:VCALENDAR", "name": "seance.ics", "type": "text/calendar; charset=utf-8"},
            ],
        )
    readings: list[object] = []
    read = blobs.read
    monkeypatch.setattr(blobs, "read", lambda blob, **options: readings.append(1) or read(blob, **options))
    assert deliver() == 30
    assert len(readings) == 1
    for message in server.messages:
        _body, first, second = message.iter_parts()
        assert first.get_content() == pdf
        assert second.get_content() == "BEGIN:VCALENDAR"
