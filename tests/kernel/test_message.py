"""One message: right for every mail program, and closed to injected headers."""

import uuid
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elus.kernel.outbox.letters import LetterState
from elus.kernel.outbox.message import Attachment, Parcel, ascii_address, base64_lines, compose
from elus.kernel.outbox.relay import _stuffed, queue_id
from tests.conftest import AT

HEADERS = {
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type",
}  # fmt: skip


def parcel(**other: Any) -> Parcel:
    facts: dict[str, Any] = {
        "id": uuid.UUID(int=7),
        "state": LetterState.QUEUED,
        "tries": 0,
        "recipient": "zoe@exemple.invalid",
        "recipient_name": "Zoé Fictive",
        "sender_name": "Mairie de Saint-Germain-de-Longue-Chaume, secrétariat des assemblées",
        "reply_to": "secretariat@exemple.invalid",
        "subject": "Convocation : conseil communautaire du mercredi 14 octobre 2026 à 18 h 30 à la salle des fêtes",
        "text": "Bonjour Zoé,\n\nVoici l’ordre du jour :\n. un point\n" + "long " * 60 + "\nFrom moi",
        "html": "<p>Bonjour Zoé</p>",
        "message_id": "<1.2@elus.test>",
        "attachments": [],
    }
    return Parcel(**{**facts, **other})


def composed(given: Parcel, attachments: list[Attachment] | None = None) -> tuple[bytes, EmailMessage]:
    raw = b"".join(compose(given, "zoe@exemple.invalid", attachments or [], mail_from="a@elus.test", at=AT))
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return raw, message


def test_a_message_says_in_every_program_what_the_letter_says() -> None:
    given_ = parcel()
    raw, message = composed(given_)
    name, address = parseaddr(
        message_from_bytes(raw)["From"]
    )  # the newer parser miscounts spaces between encoded words
    assert (str(make_header(decode_header(name))), address) == (given_.sender_name, "a@elus.test")
    assert message["To"].addresses[0].display_name == "Zoé Fictive"
    assert message["Reply-To"] == "secretariat@exemple.invalid"
    assert message["Subject"] == given_.subject
    assert message["Message-ID"] == "<1.2@elus.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == AT
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert text.get_content().splitlines() == [line.rstrip() for line in given_.text.splitlines()]
    assert html.get_content().strip() == given_.html
    assert message.defects == []
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_attachments_follow_with_their_names_whatever_the_language() -> None:
    pdf, name = bytes(range(256)) * 100, "Délibération n° 12 « tarifs de l’eau » " + "é" * 120 + ".pdf"
    raw, message = composed(
        parcel(),
        [
            Attachment(name, "application/pdf", base64_lines(pdf)),
            Attachment('a"b\r\nX: y.pdf', "application/pdf\r\nX-Bad: 1", base64_lines(b"x")),
        ],
    )
    assert message.get_content_type() == "multipart/mixed"
    body, first, second = message.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    assert (first.get_filename(), first.get_content(), first.get_content_type()) == (name, pdf, "application/pdf")
    assert first.get_content_disposition() == "attachment"
    assert second.get_content_type() == "application/octet-stream"
    assert second["X"] is None
    assert second["X-Bad"] is None
    assert max(map(len, raw.split(b"\r\n"))) < 998


@given(st.text(max_size=400), st.text(max_size=200), st.text(max_size=400))
def test_no_text_makes_a_header_or_breaks_a_line(subject: str, name: str, text: str) -> None:
    hostile = subject + "\r\nBcc: everybody@exemple.invalid\n\0" + name
    raw, message = composed(parcel(subject=hostile, recipient_name=name, sender_name=hostile, text=text))
    assert set(message.keys()) <= HEADERS
    assert len(message.keys()) == len(HEADERS)
    assert b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")


def test_the_same_bytes_leave_for_the_same_letter_and_instant() -> None:
    assert composed(parcel())[0] == composed(parcel())[0]


@pytest.mark.parametrize("length", [0, 1, 56, 57, 58, 114, 10_000])
def test_base64_lines_are_those_of_the_standard_library(length: int) -> None:
    from base64 import encodebytes

    content = bytes(length)
    assert base64_lines(content) == encodebytes(content).replace(b"\n", b"\r\n") or length == 0


def test_a_line_with_a_dot_is_doubled_and_only_it() -> None:
    assert _stuffed(b".\r\n..a\r\nb.\r\n.c\r\n") == b"..\r\n...a\r\nb.\r\n..c\r\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.0.0 Ok: queued as 4XyZ", "4XyZ"),
        ("OK id=1rABcd-000001-2x", "1rABcd-000001-2x"),
        ("2.0.0 3AP2ZkQ1012345 Message accepted for delivery", "3AP2ZkQ1012345"),
        ("Message Queued (5D3F-1.2)", "5D3F-1.2"),
        ("Ok 010201a2b3c4-000000", "010201a2b3c4-000000"),
        ("2.6.0 <a@b> [InternalId=123456, Hostname=x] Queued mail for delivery", "123456"),
        ("Ok", None),
        ("2.0.0 Ok: thank you", None),
    ],
)
def test_the_name_a_server_gives_the_message_is_found(text: str, expected: str | None) -> None:
    assert queue_id(text) == expected


@pytest.mark.parametrize("address", ["", "a", "a@", "@b", "a@b c", "a@b\n", "a@b>", "a,b@c", "a@" + "b" * 70 + ".fr"])
def test_what_is_no_address_is_not_written(address: str) -> None:
    assert ascii_address(address) is None
