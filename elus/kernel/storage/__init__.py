"""Where encrypted bytes live: a folder, or an S3 bucket; nothing readable is ever written there.

Answers the storage that fails: said as such, never as a lost file.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from elus.kernel.storage.faults import Missing, StorageFull, StorageUnavailable
from elus.kernel.storage.files import FileStorage
from elus.kernel.storage.s3 import S3Storage
from elus.kernel.streaming import SealedReader, Source, sealed

RUN = 1024 * 1024


@dataclass(frozen=True)
class StoredFile:
    """Sizes and SHA-256 of what was sealed, plain and stored."""

    plain_size: int
    plain_sha256: str
    stored_size: int
    stored_sha256: str


class Storage(Protocol):
    """Whole files by key, written once."""

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Store the chunks: whole and durable, or not at all."""

    def open(self, key: str) -> Source:
        """The stored bytes; raise `Missing` when there is no such file."""

    def delete(self, key: str) -> None:
        """Forget a file; one that is not there is no error."""

    def leftovers(self, older_than: float) -> int:
        """Remove what an interrupted writing left before an instant (POSIX time), and say how many."""


def open_storage(url: str) -> Storage:
    """The storage of a setting: `file:/folder` or `s3://bucket/prefix`."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Storage(parts.netloc, parts.path.strip("/"))
    return FileStorage(Path(unquote(parts.path)))


def stored_bytes(storage: Storage, key: str) -> Iterator[bytes]:
    """A stored file from end to end, in constant memory."""
    source = storage.open(key)
    try:
        offset, size = 0, source.size()
        while offset < size:
            chunk = source.fetch(offset, min(RUN, size - offset))
            if not chunk:
                return
            yield chunk
            offset += len(chunk)
    finally:
        source.close()


def store_sealed(storage: Storage, key: str, data_key: bytes, aad: bytes, chunks: Iterable[bytes]) -> StoredFile:
    """Encrypt and store the chunks, measuring both sides on the way."""
    plain, stored = _Measure(), _Measure()
    storage.write(key, stored.of(sealed(data_key, aad, plain.of(chunks))))
    return StoredFile(plain.size, plain.sha256, stored.size, stored.sha256)


def open_sealed(storage: Storage, key: str, stored_size: int, data_key: bytes, aad: bytes) -> SealedReader:
    """A reader of a sealed file; raise `Damaged` when it is not the length it had."""
    source = storage.open(key)
    try:
        return SealedReader(source, data_key, aad, stored_size)
    except BaseException:
        source.close()
        raise


class _Measure:
    def __init__(self) -> None:
        self.size, self._hash = 0, hashlib.sha256()

    def of(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.size += len(chunk)
            self._hash.update(chunk)
            yield chunk

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


__all__ = [
    "Missing",
    "Storage",
    "StorageFull",
    "StorageUnavailable",
    "StoredFile",
    "open_sealed",
    "open_storage",
    "store_sealed",
    "stored_bytes",
]
