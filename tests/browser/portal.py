"""A whole portal as `make run` starts it: demonstration territory, server, worker, and a mail server that listens."""

import email
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pyotp
from aiosmtpd.controller import Controller

ROOT = Path(__file__).parents[2]


class Mailbox:
    """Every message the portal handed over, as a mail server answers it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 — aiosmtpd's name
        self.messages.append(email.message_from_bytes(envelope.content, policy=policy))  # type: ignore[arg-type]
        self.recipients.extend(envelope.rcpt_tos)
        return f"250 2.0.0 Ok: queued as E2E{len(self.messages):05d}"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if address in str(message["To"])]

    def about(self, subject: str) -> list[EmailMessage]:
        """What was received whose subject begins so."""
        return [message for message in self.messages if str(message["Subject"]).startswith(subject)]

    def wait(self, found: Callable[[], list[EmailMessage]], number: int, seconds: float) -> list[EmailMessage]:
        """Wait until so many messages are there."""
        deadline = time.monotonic() + seconds
        while len(found()) < number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found())} of {number} messages after {seconds} s")
            time.sleep(0.2)
        return found()


@dataclass
class Portal:
    """Where it answers, who may enter, what it sent."""

    url: str
    instance: Path
    env: dict[str, str]
    mailbox: Mailbox
    accounts: list[dict[str, Any]] = field(default_factory=list)

    def account(self, role: str, organization: str = "", *, but: tuple[str, ...] = ()) -> dict[str, Any]:
        """The first account with a role, in an organization when named."""
        for account in self.accounts:
            elsewhere = organization and not any(organization in name for name in account["organizations"])
            if role in account["roles"] and account["email"] not in but and not elsewhere:
                return account
        raise LookupError(f"no {role} of {organization}")

    def seated(self, rank: int) -> dict[str, Any]:
        """A full member of the community council, each rank another person."""
        whole = [
            one
            for one in self.accounts
            if one["roles"] == ["membre"] and "Conseil communautaire" in one["organizations"]
        ]
        return whole[rank]

    def code(self, account: dict[str, Any]) -> str:
        """A current code; the account's last one is put back by two steps, as if a minute had gone by."""
        with sqlite3.connect(self.instance / "elus.sqlite", timeout=30) as database:
            database.execute(
                "UPDATE user_account SET totp_counter = totp_counter - 2 WHERE email = ?",
                (account["email"].casefold(),),
            )
        database.close()
        return pyotp.TOTP(account["totp_secret"]).now()

    def proven(self, at: datetime) -> None:
        """Put the last proof of every session at an instant: a journey is as fresh, or as stale, as its story needs."""
        with sqlite3.connect(self.instance / "elus.sqlite", timeout=30) as database:
            database.execute("UPDATE session SET fresh_at = ?", (f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}",))
        database.close()

    def elus(self, *arguments: str) -> str:
        """Run a command of the portal and give what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "elus", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(instance: Path) -> Iterator[Portal]:
    """Create the demonstration, serve it, and stop it as systemd would."""
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    listen = f"127.0.0.1:{free_port()}"
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ELUS_")},
        "ELUS_INSTANCE": str(instance),
        "ELUS_LISTEN": listen,
        "ELUS_PUBLIC_URL": f"http://localhost:{listen.rpartition(':')[2]}",
        "ELUS_SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
    }
    portal = Portal(env["ELUS_PUBLIC_URL"], instance, env, mailbox)
    portal.elus("demo", "create")
    portal.accounts = json.loads((instance / "demo-accounts.json").read_text())
    log = (instance / "serve.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "elus", "serve"], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        _wait(portal.url)
        yield portal
    finally:
        server.terminate()
        server.wait(40)
        smtp.stop()
        log.close()


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the portal did not start")
