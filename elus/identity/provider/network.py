"""Waiting for a machine that is not ours: short, few at once, never redirected, never more than a few bytes.

Answers the provider that is slow or down (the portal's other doors stay open) and the answer that never ends.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter

from elus.identity.provider.unproven import Unproven

T = TypeVar("T")
TIMEOUT = (3.05, 5.0)  # seconds to connect, and between two bytes
LONGEST = 10.0  # seconds for a whole answer
LARGEST = 256 * 1024  # bytes
KEPT = 3600.0  # seconds
FORGOTTEN_DOWN = 15.0  # seconds before trying again what did not answer
AT_ONCE = threading.BoundedSemaphore(4)
"""How many of our threads may wait for the provider: the others go on serving papers."""


class Bounded(HTTPAdapter):
    """One answer, read whole under a limit of bytes and of time."""

    def send(self, *given: Any, **options: Any) -> requests.Response:
        deadline = time.monotonic() + LONGEST
        response = super().send(*given, **{**options, "stream": True, "timeout": TIMEOUT})
        body = bytearray()
        for chunk in response.iter_content(16 * 1024):
            body += chunk
            if len(body) > LARGEST or time.monotonic() > deadline:
                response.close()
                raise requests.exceptions.RequestException("an answer too long")
        response._content = bytes(body)
        response._content_consumed = True  # what `Response.content` looks at
        return response


class Kept:
    """One fetched thing per address, for an hour; a failure is remembered too, a few seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, Any]] = {}
        self._failed: dict[str, float] = {}

    def get(self, key: str, fetch: Callable[[], T], *, younger: float = KEPT) -> T:
        """What is kept if young enough, else what `fetch` gives."""
        now = time.monotonic()
        found = self._found.get(key)
        if found and now - found[0] < younger:
            return found[1]  # type: ignore[no-any-return]
        if now - self._failed.get(key, -FORGOTTEN_DOWN) < FORGOTTEN_DOWN:
            raise Unproven("down", "did not answer a moment ago")
        if not self._lock.acquire(timeout=LONGEST):
            raise Unproven("down", "others already wait")
        try:
            fresher = self._found.get(key)
            if fresher and fresher != found:
                return fresher[1]  # type: ignore[no-any-return]
            made = fetch()
        except Unproven:
            self._failed[key] = time.monotonic()
            raise
        finally:
            self._lock.release()
        self._found[key] = (time.monotonic(), made)
        self._failed.pop(key, None)
        return made

    def forget(self) -> None:
        """Fetch everything anew."""
        self._found.clear()
        self._failed.clear()


@contextmanager
def waiting() -> Iterator[None]:
    if not AT_ONCE.acquire(timeout=TIMEOUT[0]):
        raise Unproven("down", "too many wait for it")
    try:
        yield
    finally:
        AT_ONCE.release()


def plain() -> requests.Session:
    """A session for one document."""
    session = requests.Session()
    limited(session)
    return session


def limited(session: requests.Session) -> None:
    """Keep every answer of a session under our limits."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, Bounded())


def fetched(url: str) -> Any:
    with waiting(), plain() as session:
        return as_json(got(session, url, {}))


def got(session: requests.Session, url: str, headers: dict[str, str]) -> requests.Response:
    try:
        answer = session.get(url, headers=headers, allow_redirects=False)
    except requests.exceptions.RequestException as wrong:
        raise Unproven("down", type(wrong).__name__) from wrong
    if answer.status_code != requests.codes.ok:
        raise Unproven("down", f"answered {answer.status_code}")
    return answer


def as_json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError) as wrong:
        raise Unproven("down", "not JSON") from wrong
