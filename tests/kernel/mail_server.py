"""A real SMTP server in a thread, whose answers a test decides."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class MailServer:
    """What arrived, and what to answer; `rcpt` and `data` take the recipient and may give another reply."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.connections = 0
        self.port = 0
        self.rcpt: Callable[[str], str | None] = lambda address: None
        self.data: Callable[[str], str | None] = lambda address: None
        self.wait = 0.0
        self.sender_reply: str | None = None

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _to, content in self.received]  # type: ignore[misc]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        reply = self.rcpt(address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        elif reply.startswith("421"):
            server.transport.close()
        return reply or "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        (recipient,) = envelope.rcpt_tos
        reply = self.data(recipient)
        if reply == "closes":
            server.transport.close()
            return "421 bye"
        self.received.append((recipient, envelope.content))
        if self.wait:
            await asyncio.sleep(self.wait)
        return reply or f"250 2.0.0 Ok: queued as 4XyZ{len(self.received):04d}"


class _Counting(SMTP):
    house: MailServer

    def connection_made(self, transport: Any) -> None:
        if not isinstance(transport, asyncio.sslproto._SSLProtocolTransport):  # type: ignore[attr-defined]
            self.house.connections += 1
        super().connection_made(transport)


@contextmanager
def running(house: MailServer, *, port: int = 0, **options: Any) -> Iterator[MailServer]:
    """Run the server; without a port, on a free one."""

    class Here(Controller):
        def factory(self) -> SMTP:
            made = _Counting(self.handler, enable_SMTPUTF8=False, **options)
            made.house = house
            return made

        def _trigger_server(self) -> None:
            self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
            super()._trigger_server()

    controller = Here(house, hostname="127.0.0.1", port=port)
    controller.start()
    house.port = controller.port
    house.connections = 0  # the controller called once to see that it runs
    try:
        yield house
    finally:
        controller.stop()


def certificate(folder: Any) -> tuple[ssl.SSLContext, str]:
    """A server context with a certificate of its own for 127.0.0.1, and the path of that certificate."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, str(folder / "cert.pem")
