"""The check of a received file: opened by its real parser in a child process that has limits and nothing else.

Answers the malicious author (threat T10): the child sees no key, no database and no file; it asks for the bytes it
needs through a pipe, so that nothing clear is ever written, and it dies alone.
"""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

from elus.papers.actions import Verdict

CHILD = Path(__file__).with_name("intake_child.py")
WALL_SECONDS = 120.0
WANTED, TOLD, LINE = b"R", b"V", 65536
REFUSALS = frozenset(
    {"password", "locked", "damaged", "empty", "too_complex", "unknown_type", "macros", "old_office", "incomplete"}
)
MEDIA_TYPES = frozenset(
    {
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
FACTS = {
    "title": str,
    "lang": str,
    "tagged": bool,
    "scanned": bool,
    "landscape": int,
    "blank": int,
    "active": list,
    "repaired": bool,
}


class Reader(Protocol):
    """Authenticated bytes one may read anywhere."""

    size: int

    def read(self, start: int, length: int) -> Any:
        """The bytes of a range, in pieces."""


def check(reader: Reader, *, seconds: float = WALL_SECONDS) -> Verdict:
    """What the parser says of a file; a child that dies, stalls or raves gives « too_complex ».

    Raise `Damaged` when the bytes themselves do not open.
    """
    child = subprocess.Popen(  # noqa: S603 — our own interpreter and module
        [sys.executable, "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
        bufsize=0,
    )
    watchdog = threading.Timer(seconds, child.kill)
    watchdog.start()
    try:
        assert child.stdin
        assert child.stdout
        with child.stdin, child.stdout:
            told = _serve(reader, child.stdin, child.stdout)
    finally:
        watchdog.cancel()
        child.kill()
        child.wait()
    return told or Verdict(refusal="too_complex")


def _serve(reader: Reader, answers: IO[bytes], asked: IO[bytes]) -> Verdict | None:
    """Give the child the ranges it asks for, until it tells its verdict."""
    with suppress(BrokenPipeError, ValueError):
        answers.write(f"{reader.size}\n".encode())
        while line := _line(asked):
            if line[:1] == TOLD:
                return verdict_of(json.loads(line[1:]))
            if line[:1] != WANTED:
                return None
            start, length = (int(word) for word in line[1:].split())
            for piece in reader.read(start, min(length, reader.size - start)):
                _write_all(answers, piece)
    return None


def _line(asked: IO[bytes]) -> bytes:
    line = bytearray()
    while len(line) < LINE:
        piece = asked.read(LINE)
        if not piece:
            return b""
        line += piece
        if line.endswith(b"\n"):
            return bytes(line)
    return b""


def _write_all(stream: IO[bytes], piece: bytes) -> None:
    view = memoryview(piece)
    while len(view):
        view = view[stream.write(view) :]


def verdict_of(told: Any) -> Verdict | None:
    """The child's words, none of them trusted: known codes, known facts of the known kind, bounded."""
    if not isinstance(told, dict):
        return None
    if refusal := told.get("refusal"):
        return Verdict(refusal=refusal if refusal in REFUSALS else "too_complex")
    pages, facts = told.get("pages"), told.get("facts")
    if (
        told.get("media_type") not in MEDIA_TYPES
        or not (pages is None or type(pages) is int)
        or not isinstance(facts, dict)
    ):
        return None
    kept = {name: facts[name] for name, kind in FACTS.items() if type(facts.get(name)) is kind}
    return Verdict(media_type=told["media_type"], pages=pages, facts=kept)
