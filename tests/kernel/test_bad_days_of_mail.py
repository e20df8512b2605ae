"""A mail server that is down, slow, or goes away, a worker that dies: no letter is lost, none is said sent that was not."""

import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from elus.kernel import outbox
from elus.kernel.db import db, transaction
from elus.kernel.outbox import Letter, LetterState, Outcome
from tests.conftest import AT
from tests.kernel.letters import Told, deliver, journal, letter, letters
from tests.kernel.mail_server import MailServer, certificate, running


def test_a_server_that_closes_after_a_few_messages_is_called_again(server: MailServer) -> None:
    seen: set[int] = set()

    def once(address: str) -> str | None:
        if len(server.received) in (2, 4) and len(server.received) not in seen:
            seen.add(len(server.received))
            return "421 4.7.0 Too many messages"
        return None

    server.rcpt = once
    for n in range(6):
        letter(n)
    assert deliver() == 6
    assert server.connections == 3
    assert len({to for to, _ in server.received}) == 6
    assert journal() == []


def test_an_answer_that_never_comes_is_unknown_then_the_same_message_leaves_again(server: MailServer) -> None:
    server.data = lambda address: "closes"
    letter()
    told: Told = []
    assert deliver(told=told) == 1
    (unknown,) = letters()
    assert unknown.state is LetterState.UNKNOWN
    assert told[0][1].kind == "unknown"
    server.data = lambda address: None
    assert deliver(unknown.due_at, told=told) == 1
    (sent,) = letters()
    assert sent.state is LetterState.ACCEPTED
    assert [message["Message-ID"] for message in server.messages] == [sent.message_id]


def test_a_slow_server_gives_an_unknown_outcome_and_is_not_insisted_upon(server: MailServer) -> None:
    server.wait = 1.5
    for n in (1, 2, 3):
        letter(n)
    told: Told = []
    assert deliver(timeout=0.3, told=told) == 1
    assert [outcome.kind for _, outcome in told] == ["unknown"]
    assert sorted(each.state for each in letters()) == [LetterState.QUEUED, LetterState.QUEUED, LetterState.UNKNOWN]
    assert journal() == ["mail_down"]


def test_an_unknown_outcome_is_not_repeated_for_ever(server: MailServer) -> None:
    server.data = lambda address: "closes"
    letter()
    at = AT
    for _ in range(10):
        deliver(at)
        at += timedelta(hours=3)
    assert letters()[0].unknowns == 4
    assert letters()[0].state is LetterState.UNKNOWN


def test_a_server_that_is_down_loses_nothing_rings_once_and_is_forgiven(configured: Callable[..., None]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    configured(smtp_url=f"smtp://127.0.0.1:{port}")
    for n in range(30):
        letter(n)
    told: Told = []
    at = AT
    for _ in range(120):
        assert deliver(at, told=told) == 0
        at += timedelta(minutes=1)
    assert told == []
    assert {each.state for each in letters()} == {LetterState.QUEUED}
    assert {each.tries for each in letters()} == {0}
    assert journal() == ["mail_down"]
    assert max(each.due_at for each in letters()) - at <= timedelta(minutes=5)
    with running(MailServer(), port=port) as house:
        assert deliver(at + timedelta(minutes=5)) == 30
        assert len(house.received) == 30
    assert journal() == ["mail_down", "mail_up"]


def test_a_server_that_refuses_the_sender_is_down_and_no_person_is_said_refused(server: MailServer) -> None:
    server.sender_reply = "550 5.7.1 Sender not allowed"
    letter()
    assert deliver() == 0
    assert letters()[0].state is LetterState.QUEUED
    assert journal() == ["mail_down"]


def test_a_worker_killed_while_sending_is_told_as_unknown_and_the_letter_leaves_again(server: MailServer) -> None:
    letter()
    with transaction():
        db.session.execute(update(Letter).values(state=LetterState.SENDING, claimed_until=AT + timedelta(minutes=5)))
    assert deliver(AT + timedelta(minutes=4)) == 0
    told: Told = []
    assert deliver(AT + timedelta(minutes=6), told=told) == 1
    assert [outcome.kind for _, outcome in told] == ["unknown", "accepted"]
    assert letters()[0].state is LetterState.ACCEPTED


def test_an_outcome_that_cannot_be_told_is_not_stored(server: MailServer) -> None:
    def broken(observed: list[tuple[Letter, Outcome, datetime]]) -> None:
        raise RuntimeError("the register refuses")

    letter()
    with pytest.raises(RuntimeError):
        outbox.deliver_due(AT, told=broken)
    assert letters()[0].state is LetterState.SENDING


def test_tls_is_used_when_offered_and_told(configured: Callable[..., None], tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    with running(MailServer(), tls_context=context) as house:
        configured(smtp_url=house.url)
        letter()
        told: Told = []
        assert deliver(told=told) == 1
        assert told[0][1].tls == "TLSv1.3"


def test_tls_that_is_required_is_verified(
    configured: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, path = certificate(tmp_path)
    with running(MailServer(), tls_context=context) as house:
        configured(smtp_url=house.url.replace("smtp:", "smtp+starttls:"))
        letter()
        assert deliver() == 0
        assert house.received == []
        monkeypatch.setenv("SSL_CERT_FILE", path)
        assert deliver(AT + timedelta(minutes=2)) == 1


def test_tls_that_is_required_and_not_offered_sends_nothing(
    server: MailServer, configured: Callable[..., None]
) -> None:
    configured(smtp_url=server.url.replace("smtp:", "smtp+starttls:"))
    letter()
    assert deliver() == 0
    assert journal() == ["mail_down"]


def test_the_password_of_the_address_signs_in(configured: Callable[..., None]) -> None:
    from aiosmtpd.smtp import AuthResult, LoginPassword

    seen: list[Any] = []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        seen.append(data)
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == b"p@ss:w")

    with running(MailServer(), authenticator=check, auth_require_tls=False) as house:
        configured(smtp_url=f"smtp://elus:p%40ss%3Aw@127.0.0.1:{house.port}")
        letter()
        assert deliver() == 1
        configured(smtp_url=f"smtp://elus:wrong@127.0.0.1:{house.port}")
        letter(2)
        assert deliver(timeout=0.5) == 0
    assert journal() == ["mail_down"]


def test_two_workers_at_once_send_each_letter_once(app: Flask, server: MailServer) -> None:
    for n in range(60):
        letter(n)
    counts: list[int] = []

    def work() -> None:
        with app.app_context():
            counts.append(outbox.deliver_due(AT, told=lambda *_told: None))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sum(counts) == 60
    assert sorted(to for to, _ in server.received) == sorted(f"personne{n}@exemple.invalid" for n in range(60))
