"""A bucket of encrypted objects, through obstore."""

import contextlib
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from elus.kernel.crypto import Damaged
from elus.kernel.storage.faults import Missing, Stopped, StorageFull, StorageUnavailable, as_they_come

S3_PART = 8 * 1024 * 1024


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
            obstore.put(self._store, key, as_they_come(chunks), chunk_size=S3_PART, max_concurrency=2)
        except Stopped as wrong:
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


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except FileNotFoundError as wrong:
        raise Missing("the stored object is missing") from wrong
    except Exception as wrong:
        if " 416 " in str(wrong):
            raise Damaged("cut short") from wrong
        raise _s3_named(wrong) from wrong


def _s3_named(wrong: Exception) -> Exception:
    full = any(word in str(wrong) for word in ("StorageFull", "QuotaExceeded", "507 "))
    return StorageFull(str(wrong)) if full else StorageUnavailable(str(wrong))
