"""How a storage fails, whatever it is."""

from collections.abc import Iterable, Iterator


class StorageFull(Exception):
    """There is no room left to write; reading goes on."""


class StorageUnavailable(Exception):
    """The storage does not answer."""


class Missing(StorageUnavailable):
    """The storage does not hold the file: it was removed, or the disk or the bucket is not the right one; proves no damage."""


class Stopped(Exception):
    """The bytes to store stopped coming, which is no fault of the storage."""

    def __init__(self, wrong: BaseException) -> None:
        super().__init__()
        self.wrong = wrong


def as_they_come(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks; what stops them comes out as `Stopped`."""
    try:
        yield from chunks
    except Exception as wrong:
        raise Stopped(wrong) from wrong
