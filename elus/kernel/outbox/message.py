"""The bytes of one message (RFC 5322, RFC 2045): written directly, because six hundred of them leave in a row.

Answers header injection (CR, LF, NUL never reach a header) and the reply of an answering machine (RFC 3834).
"""

import binascii
import re
import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from elus.kernel.outbox.letters import LetterState
from elus.kernel.text import one_line

BASE64_LINE = 57  # bytes of a line of 76 characters
HEADER_LINE, CRLF = 65, "\r\n"
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]+@[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]+")
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.+-]+)*", re.ASCII)
_QUOTED = re.compile(r'["\\]')
_PERCENT_PIECE = re.compile(r"(?:%[0-9A-F]{2}|[^%]){1,20}")


@dataclass(frozen=True)
class Parcel:
    """A letter taken out of the database to be sent."""

    id: uuid.UUID
    state: LetterState  # before it was claimed
    tries: int
    recipient: str
    recipient_name: str
    sender_name: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    message_id: str
    attachments: list[dict[str, Any]]


PARCEL = [field.name for field in fields(Parcel)]
"""The columns of a letter that a parcel takes."""


@dataclass(frozen=True)
class Attachment:
    """A file of a message, its base64 ready to be written as it is."""

    name: str
    type: str
    encoded: bytes


def compose(
    parcel: Parcel, recipient: str, attachments: list[Attachment], *, mail_from: str, at: datetime
) -> list[bytes]:
    """The message in pieces, each of whole CRLF lines; a large attachment is not copied for each person."""
    mark = f"=_{parcel.id.hex}"  # neither quoted-printable nor base64 can hold it
    head = [
        "From: " + _mailbox(parcel.sender_name, mail_from),
        "To: " + _mailbox(parcel.recipient_name, recipient),
        *(["Reply-To: " + reply_to] if (reply_to := ascii_address(parcel.reply_to or "")) else []),
        "Subject: " + _words(parcel.subject, "Subject"),
        "Date: " + format_datetime(at),
        "Message-ID: " + one_line(parcel.message_id),
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "MIME-Version: 1.0",
    ]
    if not attachments:
        return [_crlf(head) + _alternative(parcel, mark)]
    head += ["Content-Type: multipart/mixed;", f' boundary="{mark}m"', "", f"--{mark}m"]
    pieces = [_crlf(head) + _alternative(parcel, mark)]
    for attachment in attachments:
        pieces += [_crlf([f"--{mark}m", *_attachment_head(attachment)]), attachment.encoded]
    return [*pieces, f"--{mark}m--\r\n".encode()]


def ascii_address(text: str) -> str | None:
    """An address as it may stand in an envelope and a header, its domain in ASCII (RFC 5891); None when it cannot."""
    if not _ADDRESS.fullmatch(text):
        return None
    local, _, domain = text.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None


def base64_lines(content: bytes) -> bytes:
    """Base64 in lines of 76 characters."""
    view = memoryview(content)
    lines = (binascii.b2a_base64(view[i : i + BASE64_LINE], newline=False) for i in range(0, len(view), BASE64_LINE))
    return b"\r\n".join(lines) + b"\r\n"


def _alternative(parcel: Parcel, mark: str) -> bytes:
    top = ["Content-Type: multipart/alternative;", f' boundary="{mark}a"', ""]
    return b"".join(
        [
            _crlf([*top, *_part_head(f"{mark}a", "plain")]),
            _quoted(parcel.text),
            _crlf(_part_head(f"{mark}a", "html")),
            _quoted(parcel.html),
            f"--{mark}a--\r\n".encode(),
        ]
    )


def _part_head(mark: str, kind: str) -> list[str]:
    return [
        f"--{mark}",
        f"Content-Type: text/{kind}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
    ]


def _attachment_head(attachment: Attachment) -> list[str]:
    media = attachment.type if _TYPE.fullmatch(attachment.type) else "application/octet-stream"
    name = one_line(attachment.name, 200) or "document"
    if name.isascii():
        disposition = ["Content-Disposition: attachment;", f' filename="{_QUOTED.sub("_", name)}"']
    else:  # RFC 2231
        pieces = _PERCENT_PIECE.findall(quote(name, safe=""))
        pieces[0] = "utf-8''" + pieces[0]
        disposition = [f" filename*{n}*={piece};" for n, piece in enumerate(pieces)]
        disposition = ["Content-Disposition: attachment;", *disposition[:-1], disposition[-1].rstrip(";")]
    return [f"Content-Type: {media}", *disposition, "Content-Transfer-Encoding: base64", ""]


def _quoted(text: str) -> bytes:
    whole = CRLF.join(line.rstrip() for line in text.replace("\0", "").splitlines()) + CRLF
    return binascii.b2a_qp(whole.encode("utf-8", "replace"), istext=True)


def _mailbox(name: str, address: str) -> str:
    shown = _phrase(one_line(name, 150))
    if not shown:
        return address
    return f"{shown}{' ' if len(shown) + len(address) < HEADER_LINE else CRLF + ' '}<{address}>"


@lru_cache(maxsize=512)
def _phrase(name: str) -> str:
    if _charset(name) != "us-ascii":
        return _words(name, "From")
    return '"' + _QUOTED.sub(r"\\\g<0>", name) + '"' if name else ""


@lru_cache(maxsize=512)
def _words(text: str, header: str) -> str:
    """A header's words: encoded (RFC 2047) unless plain, folded, never able to start another header."""
    return Header(one_line(text, 300), _charset(text), header_name=header).encode(linesep=CRLF)


def _charset(text: str) -> str:
    return "us-ascii" if text.isascii() and "=?" not in text else "utf-8"


def _crlf(lines: list[str]) -> bytes:
    return (CRLF.join(lines) + CRLF).encode("ascii", "replace")
