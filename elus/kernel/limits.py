"""Rate limits of anonymous pages, very wide by network address: 600 people may sit behind one town-hall address."""

import threading
import time
from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import Storage

from elus.config import Settings

limiter = Limiter(key_func=get_remote_address, strategy="fixed-window", headers_enabled=False)


class Memory(Storage):
    """Counts in this process; the library's own starts a thread at nearly each request to forget, this one forgets in passing."""

    STORAGE_SCHEME = ["elus"]  # noqa: RUF012 — so declared by the library
    ROOM = 10_000  # addresses counted before those of the past are forgotten

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._counts: dict[str, tuple[int, float]] = {}  # count, end of its window
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """None of its own."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count in the window of a key, a new one once it is over."""
        now = time.time()
        with self._lock:
            if len(self._counts) > self.ROOM:
                self._counts = {name: kept for name, kept in self._counts.items() if kept[1] > now}
            count, ends = self._counts.get(key, (0, 0.0))
            count, ends = (count + amount, ends) if ends > now else (amount, now + expiry)
            self._counts[key] = count, ends
        return count

    def get(self, key: str) -> int:
        """The count of a key's window."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When a key's window ends."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything."""
        count = len(self._counts)
        self._counts = {}
        return count

    def clear(self, key: str) -> None:
        """Forget a key."""
        self._counts.pop(key, None)


def install(app: Flask, settings: Settings) -> None:
    """Count in memory, or in Redis when the installation has grown."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "elus://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = (
        settings.redis_url is not None
    )  # nobody is locked out with Redis
    limiter.init_app(app)
    before = app.before_request_funcs[None]  # nothing is counted but what is decorated: no page pays for looking
    before[:] = [hook for hook in before if getattr(hook, "__self__", None) is not limiter]
