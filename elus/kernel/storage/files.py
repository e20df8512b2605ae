"""A folder of encrypted files.

Answers the power cut and the full disk: a file is whole and durable, or absent.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

from elus.kernel.storage.faults import Missing, Stopped, StorageFull, StorageUnavailable, as_they_come

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
PART = ".part"


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
                for chunk in as_they_come(chunks):
                    _write_all(file.fileno(), chunk)
                os.fsync(file.fileno())
                part.replace(path)
                _sync_folder(path.parent)
        except BaseException as wrong:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise (wrong.wrong if isinstance(wrong, Stopped) else wrong) from None

    def open(self, key: str) -> "FileSource":
        """The stored bytes; raise `Missing` when there is no such file."""
        try:
            return FileSource(os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC))
        except FileNotFoundError as wrong:
            raise Missing("the stored file is missing") from wrong
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


@contextlib.contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except OSError as wrong:
        raise (StorageFull(str(wrong)) if wrong.errno in FULL else StorageUnavailable(str(wrong))) from wrong
