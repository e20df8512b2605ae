"""`elus serve`: keeps the web server and the one worker alive, and stops both cleanly."""

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

from elus.config import Settings

MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "50331648",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""One heap for all threads: with glibc's heap for each, 24 threads keep 24 times the room of a password hash (485 MB).
Two hashes at once keep their room from one sign-in to the next, on large pages: 10 % less processor each."""

GRACE = 30.0  # seconds a child may take to finish what it is doing
log = logging.getLogger("elus.serve")


@dataclass
class Child:
    """One process to keep alive; it waits longer after each early death."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = field(default=0)
    not_before: float = 0.0

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, env={**MEMORY, **os.environ})  # noqa: S603 — our own interpreter and modules

    def look(self) -> None:
        """Start it again when it has died."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            self.deaths = self.deaths + 1 if time.monotonic() - self.started < 60 else 1
            log.error("%s ended with %s", self.name, self.process.returncode)
            self.not_before = time.monotonic() + min(30, 2**self.deaths)
            self.process = None
        if time.monotonic() >= self.not_before:
            self.start()


def web_command(settings: Settings) -> list[str]:
    """gunicorn with threads: a slow reader holds a thread, never the whole server."""
    return [
        sys.executable,
        *("-m", "gunicorn", "--bind", settings.listen, "--worker-class", "gthread"),
        *("--workers", "2", "--threads", "24", "--graceful-timeout", "25", "--timeout", "120"),
        *("--max-requests", "20000", "--max-requests-jitter", "2000", "--log-level", "warning", "wsgi:app"),
    ]


def worker_command() -> list[str]:
    """The only process that does background work."""
    return [sys.executable, "-m", "elus", "worker"]


def run(children: list[Child]) -> None:
    """Watch the children until SIGTERM or SIGINT, then let each finish."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        for child in children:
            child.look()
        time.sleep(0.3)
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
