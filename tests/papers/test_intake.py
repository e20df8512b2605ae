"""A file is what its real parser says, opened in a child that dies alone."""

import os
import resource
import time
from collections.abc import Iterator

import pytest

from elus.papers import intake
from elus.papers.actions import Verdict
from tests.papers import documents as make


class Bytes:
    """A reader of bytes at hand, counting what is asked."""

    def __init__(self, content: bytes) -> None:
        self.content, self.size, self.given = content, len(content), 0

    def read(self, start: int, length: int) -> Iterator[bytes]:
        for offset in range(start, start + length, 65536):
            piece = self.content[offset : min(offset + 65536, start + length)]
            self.given += len(piece)
            yield piece


def check(content: bytes) -> Verdict:
    return intake.check(Bytes(content))


def test_a_pdf_gives_its_pages_and_facts() -> None:
    verdict = check(make.pdf(3))
    assert (verdict.refusal, verdict.media_type, verdict.pages) == (None, "application/pdf", 3)
    assert verdict.facts["title"] == "Tarifs de l’eau"
    assert (verdict.facts["lang"], verdict.facts["tagged"], verdict.facts["scanned"]) == ("fr", True, False)


def test_a_scan_and_a_landscape_page_are_noticed() -> None:
    facts = check(make.scan()).facts
    assert (facts["scanned"], facts["landscape"]) == (True, 1)


def test_what_acts_by_itself_is_told_and_never_run() -> None:
    facts = check(make.acting()).facts
    assert facts["active"] == ["EmbeddedFiles", "JavaScript", "Launch"]
    assert facts["blank"] == 1


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "empty"),
        (b"<!doctype html><title>x</title>", "unknown_type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "unknown_type"),
        (b"<svg>" + make.pdf(), "unknown_type"),
        (b"MZ\x90\0", "unknown_type"),
        (b"PK\x03\x04", "damaged"),
        (b"%PDF-1.7", "damaged"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (os.urandom(5000), "unknown_type"),
        (make.pdf(3)[:-600], "damaged"),
        (make.pdf(3)[:3000] + make.pdf(3)[5000:], "damaged"),
        (make.encrypted("secret"), "password"),
        (make.encrypted(""), "locked"),
        (make.package(**{"virus.exe": b"MZ"}), "unknown_type"),
        (make.docx()[:-40], "damaged"),
        (make.docx(**{"word/vbaProject.bin": b"x"}), "macros"),
        (make.docx(**{"word/media/zeros.bin": b"\0" * 300_000_000}), "too_complex"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "old_office"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
            "password",
        ),
    ],
)
def test_a_bad_file_is_refused_for_its_reason(content: bytes, refusal: str) -> None:
    assert check(content).refusal == refusal


def test_a_name_in_the_office_is_kept_as_a_download() -> None:
    assert check(make.docx()).media_type == make.DOCX
    assert check(make.office(make.XLSX, "xl/workbook.xml")).media_type == make.XLSX
    assert check(make.odt()).media_type == "application/vnd.oasis.opendocument.text"


def test_a_small_bomb_kills_its_child_and_nothing_else() -> None:
    bomb = make.content_bomb()
    assert len(bomb) < 3000
    started = time.monotonic()
    assert check(bomb).refusal == "too_complex"
    assert time.monotonic() - started < 30
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert most < 1.3 * 2**30


def test_a_child_that_stalls_is_stopped() -> None:
    class Slow(Bytes):
        def read(self, start: int, length: int) -> Iterator[bytes]:
            time.sleep(1.5)
            yield from super().read(start, length)

    assert intake.check(Slow(make.pdf()), seconds=0.5).refusal == "too_complex"


def test_a_large_document_is_not_read_whole() -> None:
    large = Bytes(make.heavy(30_000_000))
    verdict = intake.check(large)
    assert verdict.refusal is None
    assert large.given < 5_000_000


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"media_type": "text/html", "pages": 1, "facts": {}},
        {"media_type": "application/pdf", "pages": "1", "facts": {}},
        {"media_type": "application/pdf", "pages": True, "facts": {}},
        {"media_type": "application/pdf", "pages": 1, "facts": []},
    ],
)
def test_a_child_that_lies_is_not_believed(told: object) -> None:
    assert intake.verdict_of(told) is None


def test_unknown_words_of_a_child_are_dropped() -> None:
    told = {"media_type": "application/pdf", "pages": 1, "facts": {"lang": 3, "evil": "x", "tagged": True}}
    found = intake.verdict_of(told)
    assert found is not None
    assert found.facts == {"tagged": True}
    assert intake.verdict_of({"refusal": "<b>"}) == Verdict(refusal="too_complex")
