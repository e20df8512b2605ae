"""Encrypted bytes one may enter anywhere: Tink's AES256-GCM-HKDF streaming format, 256 KiB segments; pure.

Answers truncation, exchange and alteration: each segment is authenticated, at its place, before any of its bytes is given.
"""

import os
import struct
import uuid
from collections.abc import Iterable, Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from elus.kernel.crypto import Damaged

SEGMENT = 256 * 1024
HEADER = 40  # its own length, 32 bytes of salt, 7 of nonce prefix
TAG = 16
PLAIN = SEGMENT - TAG
FIRST_PLAIN = PLAIN - HEADER


class Source(Protocol):
    """Stored bytes one may read anywhere."""

    segments_at_once: int

    def size(self) -> int:
        """How many bytes are stored."""

    def fetch(self, start: int, length: int) -> bytes:
        """These bytes, fewer at the end."""

    def close(self) -> None:
        """Let the source go."""


def plain_size(stored_size: int) -> int:
    """How many bytes some stored bytes hold."""
    return stored_size - HEADER - TAG * (-(-stored_size // SEGMENT))


def sealed(data_key: bytes, aad: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The header, then each segment, of chunks of any size; constant memory."""
    salt, prefix = os.urandom(32), os.urandom(7)
    cipher = _cipher(data_key, salt, aad)
    yield bytes([HEADER]) + salt + prefix
    index, room, waiting = 0, FIRST_PLAIN, bytearray()
    for chunk in chunks:
        view = memoryview(chunk)
        while len(view):
            if len(waiting) == room:  # more follows: this segment is not the last
                yield cipher.encrypt(_nonce(prefix, index, last=0), waiting, None)
                index, room, waiting = index + 1, PLAIN, bytearray()
            taken = min(room - len(waiting), len(view))
            waiting += view[:taken]
            view = view[taken:]
    yield cipher.encrypt(_nonce(prefix, index, last=1), waiting, None)


class SealedReader:
    """Reads any range of sealed bytes, fetching only the segments it needs; a context manager."""

    blob_id: uuid.UUID | None = None  # told by whoever opened it, for the alarm

    def __init__(self, source: Source, data_key: bytes, aad: bytes, stored_size: int) -> None:
        if stored_size < HEADER + TAG:
            raise Damaged("shorter than its header")
        self.size = plain_size(stored_size)
        self._source, self._stored_size = source, stored_size
        header = self._fetch(0, HEADER)
        if header[0] != HEADER or source.size() != stored_size:
            raise Damaged("not the length it had")
        self._cipher, self._prefix = _cipher(data_key, header[1:33], aad), header[33:]
        self._last = (stored_size - 1) // SEGMENT
        self._kept: tuple[int, bytes] | None = None

    def check(self, start: int = 0) -> None:
        """Authenticate the segment a reading would begin with; raise `Damaged`."""
        index = _segment_of(min(max(start, 0), max(self.size - 1, 0)))
        first, end = self._bounds(index, index)
        self._kept = (index, self._opened(index, self._fetch(first, end - first)))

    def read(self, start: int, length: int) -> Iterator[bytes]:
        """The bytes of a range, each segment authenticated before it is given; raise `Damaged` at the first that is not."""
        end = min(start + length, self.size)
        if start < 0 or end <= start:
            return
        for index, plain in self._segments(_segment_of(start), _segment_of(end - 1)):
            offset = index * PLAIN - HEADER if index else 0
            yield (
                plain
                if offset >= start and offset + len(plain) <= end
                else plain[max(0, start - offset) : end - offset]
            )

    def close(self) -> None:
        """Let the source go."""
        self._source.close()

    def __enter__(self) -> "SealedReader":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _segments(self, index: int, last: int) -> Iterator[tuple[int, bytes]]:
        if self._kept and self._kept[0] == index:
            yield self._kept
            index += 1
        run = 1  # the first byte leaves early; then a distant storage is asked for more at once
        while index <= last:
            end = min(index + run - 1, last)
            offset, stop = self._bounds(index, end)
            stored = memoryview(self._fetch(offset, stop - offset))
            for number in range(index, end + 1):
                first, beyond = self._bounds(number, number)
                yield number, self._opened(number, stored[first - offset : beyond - offset])
            index, run = end + 1, min(run * 2, self._source.segments_at_once)

    def _bounds(self, first: int, last: int) -> tuple[int, int]:
        return first * SEGMENT or HEADER, min((last + 1) * SEGMENT, self._stored_size)

    def _fetch(self, start: int, length: int) -> bytes:
        found = self._source.fetch(start, length)
        if len(found) != length:
            raise self._damage("cut short")
        return found

    def _opened(self, index: int, stored: bytes | memoryview) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(self._prefix, index, last=int(index == self._last)), stored, None)
        except InvalidTag as wrong:
            raise self._damage(f"segment {index} was altered") from wrong

    def _damage(self, what: str) -> Damaged:
        wrong = Damaged(what)
        wrong.blob_id = self.blob_id
        return wrong


def _segment_of(offset: int) -> int:
    return (offset + HEADER) // PLAIN


def _cipher(data_key: bytes, salt: bytes, aad: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, aad).derive(data_key))


def _nonce(prefix: bytes, index: int, *, last: int) -> bytes:
    return prefix + struct.pack(">IB", index, last)
