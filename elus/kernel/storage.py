"""Storage."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from elus.kernel.crypto import Damaged


class StorageFull(Exception):
    pass


class StorageUnavailable(Exception):
    pass


@dataclass(frozen=True)
class StoredFile:
    plain_size: int
    plain_sha256: str
    stored_size: int
    stored_sha256: str


class Storage:
    def __init__(self, root: Path):
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def delete(self, key):
        (self.root / key).unlink(missing_ok=True)


class SealedReader:
    def __init__(self, data: bytes):
        self.data = data
        self.size = len(data)

    def check_first(self):
        pass

    def read(self, start: int, length: int) -> Iterator[bytes]:
        for i in range(start, min(self.size, start + length), 262144):
            yield self.data[i : min(i + 262144, start + length)]

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *a):
        pass


def open_storage(url: str) -> Storage:
    return Storage(Path(url.removeprefix("file:")))


def store_sealed(storage, key, dek, aad, chunks: Iterable[bytes]) -> StoredFile:
    d = b"".join(chunks)
    n = os.urandom(12)
    c = n + AESGCM(dek).encrypt(n, d, aad)
    p = storage.root / key
    p.parent.mkdir(parents=True, exist_ok=True)
    p.write_bytes(c)
    return StoredFile(len(d), hashlib.sha256(d).hexdigest(), len(c), hashlib.sha256(c).hexdigest())


def open_sealed(storage, key, stored_size, dek, aad) -> SealedReader:
    c = (storage.root / key).read_bytes()
    try:
        return SealedReader(AESGCM(dek).decrypt(c[:12], c[12:], aad))
    except Exception as e:
        raise Damaged(key) from e
