"""Each check tells what is right or wrong, and none stops the others."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from elus.config import Settings
from elus.kernel.db import transaction
from elus.ops.doctor import examine
from elus.register.actions import record
from tests.browser.portal import Mailbox, free_port
from tests.conftest import AT


def _found(app: Flask, **changes: Any) -> dict[str, tuple[bool, str]]:
    settings: Settings = replace(app.extensions["elus.settings"], **changes)
    recipient = "essai@exemple.invalid" if settings.smtp_url else None
    return {finding.subject: (finding.ok, finding.said) for finding in examine(settings, at=AT, recipient=recipient)}


def test_an_installation_without_mail_cannot_publish_and_is_told(app: Flask) -> None:
    found = _found(app)
    assert found["Base"][0]
    assert found["Fichiers"][0]
    assert found["Messagerie"] == (False, "aucune (ELUS_SMTP_URL) : on ne peut pas publier")


def test_the_test_message_repeats_what_the_server_said(app: Flask) -> None:
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        ok, said = _found(app, smtp_url=f"smtp://127.0.0.1:{server.port}")["Messagerie"]
    finally:
        server.stop()
    assert ok
    assert "queued as E2E00001" in said
    assert mailbox.recipients == ["essai@exemple.invalid"]


def test_a_mail_server_that_is_down_is_a_finding(app: Flask) -> None:
    ok, said = _found(app, smtp_url=f"smtp://127.0.0.1:{free_port()}")["Messagerie"]
    assert not ok
    assert "ne répond pas" in said


def test_keys_others_can_read_are_a_finding(app: Flask) -> None:
    keys: Path = app.extensions["elus.settings"].keys
    keys.chmod(0o644)
    try:
        assert not _found(app)["Clés"][0]
    finally:
        keys.chmod(0o600)


def test_a_clock_behind_the_register_is_a_finding(app: Flask) -> None:
    import uuid
    from datetime import timedelta

    with transaction():
        record("withdrawn", uuid.uuid4(), at=AT + timedelta(days=1))
    ok, said = _found(app)["Horloge"]
    assert not ok
    assert "retarde" in said


@pytest.mark.parametrize(
    "subject", ["Réglages", "Clés", "Base", "SQLite", "Fichiers", "Disque", "Messagerie", "Horloge"]
)
def test_everything_is_examined(app: Flask, subject: str) -> None:
    assert subject in _found(app)
