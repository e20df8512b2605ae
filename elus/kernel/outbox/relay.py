"""One conversation with the mail server (RFC 5321), each person's answer kept word for word.

Answers the password sent in clear, the server that refuses one person, and the one that goes away before saying what it did.
"""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

from elus.config import Settings, is_loopback
from elus.kernel.outbox.letters import Outcome
from elus.kernel.text import one_line

CONNECT_TIMEOUT, TIMEOUT = 15.0, 60.0
JOINED = 1024 * 1024  # below, a message leaves in one write
OUR_FAULT = {421, 503, 530, 535, 538}  # about the conversation, not about the person
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
_QUEUE_ID = (
    re.compile(r"queued as ([\w.-]+)", re.IGNORECASE),  # Postfix and many others
    re.compile(r"\bid=([\w.-]+)"),  # Exim
    re.compile(r"queued \(([\w.-]+)\)", re.IGNORECASE),  # Haraka
    re.compile(r"^(?:2\.0\.0 )?([\w-]{8,}) message accepted", re.IGNORECASE),  # Sendmail, OpenSMTPD
    re.compile(r"^(?:2\.\d\.\d )?ok:? +([\w.-]{8,})", re.IGNORECASE),  # Amazon, Gmail
    re.compile(r"InternalId=(\d+)"),  # Exchange
)


class MailDown(Exception):
    """The server cannot be used now; of the letter at hand it has taken nothing."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Server:
    """Where letters are handed over, and how the conversation is protected."""

    host: str
    port: int
    security: Literal["offered", "required", "implicit"]
    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> "Server":
        """`smtp://` (TLS when offered), `smtp+starttls://` (TLS required), `smtps://`; user:password in the address."""
        parts = urlsplit(url)
        port, security = _SCHEMES[parts.scheme]
        return cls(
            parts.hostname or "",
            parts.port or port,
            security,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )


_SCHEMES: dict[str, tuple[int, Literal["offered", "required", "implicit"]]] = {
    "smtp": (25, "offered"),
    "smtp+starttls": (587, "required"),
    "smtps": (465, "implicit"),
}


class Relay:
    """A connection that hands letters over one by one."""

    def __init__(self, server: Server, *, sender: str, helo: str, timeout: float, now: Callable[[], datetime]) -> None:
        self.server, self.sender, self.helo, self.timeout, self.now = server, sender, helo, timeout, now
        self.accepted = 0  # since it was opened
        self.name = f"{server.host}:{server.port}"
        self.tls: str | None = None
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, protect, sign in; raise `MailDown` when the server will not have it."""
        self.close()
        self.accepted = 0
        try:
            self._smtp = self._connected()
            self._describe(self._smtp)
        except smtplib.SMTPResponseException as wrong:
            self.close()
            raise MailDown(_text(wrong.smtp_error), wrong.smtp_code) from wrong
        except (OSError, smtplib.SMTPException, UnicodeError) as wrong:
            self.close()
            raise MailDown(one_line(str(wrong) or type(wrong).__name__)) from wrong

    def close(self) -> None:
        """Leave politely when possible."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                _socket(smtp).settimeout(2)
                smtp.quit()
            smtp.close()

    def hand_over(self, message_id: str, recipient: str, pieces: list[bytes]) -> Outcome:
        """Offer one message to one person and say what the server answered; raise `MailDown` when nothing was taken."""
        if self._smtp is None:
            raise MailDown("the connection was lost")
        try:
            refused = self._envelope(self._smtp, recipient, sum(map(len, pieces)))
            if refused is not None:
                self._smtp.rset()
                return refused
            _send(self._smtp, pieces)
        except MailDown:
            self.close()
            raise
        except (OSError, smtplib.SMTPException) as wrong:
            self._drop()
            raise MailDown(one_line(str(wrong) or type(wrong).__name__)) from wrong
        return self._verdict(self._smtp)

    def _envelope(self, smtp: smtplib.SMTP, recipient: str, size: int) -> Outcome | None:
        code, said = smtp.docmd("MAIL", f"FROM:<{self.sender}>" + (f" SIZE={size}" if smtp.has_extn("size") else ""))
        if code == 552:  # this message is too large (RFC 1870)
            return self._outcome(code, said)
        if code != 250:
            raise MailDown(_text(said), code)
        code, said = smtp.docmd("RCPT", f"TO:<{recipient}>")
        if code in (250, 251, 252):
            code, said = smtp.docmd("DATA")
            if code == 354:
                return None
        if code in OUR_FAULT:
            raise MailDown(_text(said), code)
        return self._outcome(code, said)

    def _verdict(self, smtp: smtplib.SMTP) -> Outcome:
        """What the server says once it has the whole message; silence there is an unknown outcome (RFC 1047)."""
        try:
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as wrong:
            self._drop()
            text = one_line(str(wrong) or type(wrong).__name__)
            return Outcome("unknown", text=text, relay=self.name, tls=self.tls)
        if code == 250:
            self.accepted += 1
        return self._outcome(code, said)

    def _outcome(self, code: int, said: bytes) -> Outcome:
        text = _text(said)
        enhanced = _ENHANCED.match(text)
        kind: Literal["accepted", "deferred", "refused"] = (
            "accepted" if code == 250 else "deferred" if 400 <= code < 500 else "refused"
        )
        return Outcome(
            kind,
            code=code,
            enhanced=enhanced[1] if enhanced else None,
            text=text,
            queue_id=queue_id(text) if kind == "accepted" else None,
            relay=self.name,
            tls=self.tls,
            sent_at=self.now() if kind == "accepted" else None,
        )

    def _connected(self) -> smtplib.SMTP:
        server, context = self.server, _context(self.server)
        connect = min(self.timeout, CONNECT_TIMEOUT)
        if server.security == "implicit":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, self.helo, timeout=connect, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, self.helo, timeout=connect)
        self._smtp = smtp  # from here on a failure closes it
        smtp.ehlo_or_helo_if_needed()
        if server.security == "required" or (server.security == "offered" and smtp.has_extn("starttls")):
            smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            if not isinstance(smtp.sock, ssl.SSLSocket) and not is_loopback(server.host):
                raise smtplib.SMTPException("the server offers no TLS: the password would leave in clear")
            smtp.login(server.user, server.password)
        return smtp

    def _describe(self, smtp: smtplib.SMTP) -> None:
        connection = _socket(smtp)
        connection.settimeout(self.timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = connection.version() if isinstance(connection, ssl.SSLSocket) else None
        self.name = f"{self.server.host}:{self.server.port} [{connection.getpeername()[0]}]"

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def relay_of(settings: Settings, *, timeout: float, now: Callable[[], datetime]) -> Relay:
    """The relay of this installation."""
    assert settings.smtp_url is not None
    helo = urlsplit(settings.public_url).hostname or "localhost"
    return Relay(Server.of(settings.smtp_url), sender=settings.mail_from, helo=helo, timeout=timeout, now=now)


def probe(settings: Settings, *, at: datetime) -> str:
    """Open a conversation with the mail server and leave: its name and protection; raise `MailDown`."""
    relay = relay_of(settings, timeout=CONNECT_TIMEOUT, now=lambda: at)
    relay.open()
    relay.close()
    return f"{relay.name} {relay.tls or 'sans TLS'}"


def queue_id(text: str) -> str | None:
    """The name under which a server says it keeps the message, when it says so."""
    return next((found[1] for pattern in _QUEUE_ID if (found := pattern.search(text))), None)


def _text(said: bytes | str) -> str:
    return one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said, 500)


def _context(server: Server) -> ssl.SSLContext:
    """Certificates are verified wherever TLS was asked for or a password is sent; otherwise any TLS beats none (RFC 7435)."""
    context = ssl.create_default_context()
    if server.security == "offered" and not server.user:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection was lost")
    return smtp.sock


def _send(smtp: smtplib.SMTP, pieces: list[bytes]) -> None:
    stuffed = [_stuffed(piece) for piece in pieces] + [b".\r\n"]
    if sum(map(len, stuffed)) <= JOINED:
        stuffed = [b"".join(stuffed)]
    for piece in stuffed:
        _socket(smtp).sendall(piece)


def _stuffed(piece: bytes) -> bytes:
    """A line that starts with a dot gets another (RFC 5321 §4.5.2); each piece starts a line."""
    doubled = piece.replace(b"\r\n.", b"\r\n..") if b"\r\n." in piece else piece
    return b"." + doubled if doubled.startswith(b".") else doubled
