"""Where encrypted bytes live: a folder, or an S3 bucket; nothing readable is ever written there.

Answers the power cut and the full disk (a file is whole or absent) and the storage that fails (said as such, never as a lost file).
"""

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import FileIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from elus.kernel.crypto import Damaged
from elus.kernel.streaming import SealedReader, Source, sealed

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
PART = ".part"
RUN = 1024 * 1024
S3_PART = 8 * 1024 * 1024


class StorageFull(Exception):
    """There is no room left to write; reading goes on."""


class StorageUnavailable(Exception):
    """The storage does not answer, or no longer holds the file."""


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
        """The stored bytes; raise `Damaged` when there is no such file."""

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


class FileStorage:
    """A folder: temporary file beside its place, fsync, rename, fsync of the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Store the chunks: whole and durable, or not at all."""
        path = self._path(key)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
        try:
            with _named(), self._created(part) as file:
                for chunk in _as_they_come(chunks):
                    _write_all(file.fileno(), chunk)
                os.fsync(file.fileno())
                part.replace(path)
                _sync_folder(path.parent)
        except BaseException as wrong:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise (wrong.wrong if isinstance(wrong, _Stopped) else wrong) from None

    def open(self, key: str) -> "FileSource":
        """The stored bytes; raise `Damaged` when there is no such file."""
        try:
            return FileSource(os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC))
        except FileNotFoundError as wrong:
            raise Damaged("the stored file is missing") from wrong
        except OSError as wrong:
            raise StorageUnavailable(str(wrong)) from wrong

    def delete(self, key: str) -> None:
        """Forget a file; one that is not there is no error."""
        self._path(key).unlink(missing_ok=True)

    def leftovers(self, older_than: float) -> int:
        """Remove what an interrupted writing left before an instant (POSIX time), and say how many."""
        old = [path for path in self.root.rglob(f".*{PART}") if path.stat().st_mtime < older_than]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _created(self, part: Path) -> FileIO:
        if not part.parent.exists():
            part.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(part.parent.parent)
        return FileIO(part, "xb")

    def _path(self, key: str) -> Path:
        path = self.root / key
        if ".." in path.parts or not path.is_relative_to(self.root):
            raise ValueError(f"« {key} » leaves the storage")
        return path


class FileSource:
    """An open file one reads anywhere, from any thread."""

    segments_at_once = 4

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def size(self) -> int:
        """How many bytes are stored."""
        return os.fstat(self._descriptor).st_size

    def fetch(self, start: int, length: int) -> bytes:
        """These bytes, fewer at the end."""
        try:
            return os.pread(self._descriptor, length, start)
        except OSError as wrong:
            raise StorageUnavailable(str(wrong)) from wrong

    def close(self) -> None:
        """Close the file, once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class S3Storage:
    """A bucket; endpoint and credentials come from the standard AWS_* environment."""

    def __init__(self, bucket: str, prefix: str) -> None:
        from obstore.store import S3Store  # here: an installation on files never loads it

        plain = os.environ.get("AWS_ENDPOINT_URL", os.environ.get("AWS_ENDPOINT", "")).startswith("http:")
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": plain, "connect_timeout": "5s", "timeout": "120s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Store the chunks: whole, or not at all."""
        import obstore

        try:
            obstore.put(self._store, key, _as_they_come(chunks), chunk_size=S3_PART, max_concurrency=2)
        except _Stopped as wrong:
            raise wrong.wrong from None
        except Exception as wrong:
            raise _s3_named(wrong) from wrong

    def open(self, key: str) -> "S3Source":
        """The stored bytes; a missing one is found out at the first reading."""
        return S3Source(self._store, key)

    def delete(self, key: str) -> None:
        """Forget a file; one that is not there is no error."""
        import obstore

        with contextlib.suppress(FileNotFoundError):
            _asked(lambda: obstore.delete(self._store, key))

    def leftovers(self, older_than: float) -> int:
        """Nothing to remove: unfinished uploads are never visible (a lifecycle rule of the bucket clears them)."""
        return 0


class S3Source:
    """An object one reads by ranges."""

    segments_at_once = 16

    def __init__(self, store: Any, key: str) -> None:
        self._store, self._key, self._size = store, key, -1

    def size(self) -> int:
        """How many bytes are stored; known from the first reading."""
        if self._size < 0:
            import obstore

            self._size = int(_asked(lambda: obstore.head(self._store, self._key))["size"])
        return self._size

    def fetch(self, start: int, length: int) -> bytes:
        """These bytes, fewer at the end."""
        import obstore

        def get() -> bytes:
            answer = obstore.get(self._store, self._key, options={"range": (start, start + length)})
            self._size = int(answer.meta["size"])
            return bytes(answer.bytes())

        found: bytes = _asked(get)
        return found

    def close(self) -> None:
        """Nothing is held."""


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while len(view):
        view = view[os.write(descriptor, view) :]


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Stopped(Exception):
    """The bytes to store stopped coming, which is no fault of the storage."""

    def __init__(self, wrong: BaseException) -> None:
        super().__init__()
        self.wrong = wrong


def _as_they_come(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except Exception as wrong:
        raise _Stopped(wrong) from wrong


@contextlib.contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise (StorageFull(str(wrong)) if wrong.errno in FULL else StorageUnavailable(str(wrong))) from wrong


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except FileNotFoundError as wrong:
        raise Damaged("the stored object is missing") from wrong
    except Exception as wrong:
        if " 416 " in str(wrong):
            raise Damaged("cut short") from wrong
        raise _s3_named(wrong) from wrong


def _s3_named(wrong: Exception) -> Exception:
    full = any(word in str(wrong) for word in ("StorageFull", "QuotaExceeded", "507 "))
    return StorageFull(str(wrong)) if full else StorageUnavailable(str(wrong))
