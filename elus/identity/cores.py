"""One password hash per core at once, whatever the number of threads and processes of this machine.

A hash fills 19 MiB: more at once than there are cores only push each other out of the caches, and hold memory. Answers the flood of
sign-ins too: pages that read keep their turn. A killed process frees its place: the kernel holds the locks (flock).
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Cores:
    """Places among the threads of this process, and once a file is given, among all the processes that share it."""

    def __init__(self, count: int = CORES) -> None:
        self.count = count
        self._turn = threading.BoundedSemaphore(count)
        self._mine = [threading.Lock() for _ in range(count)]
        self._files: list[int] = []

    def share(self, folder: Path) -> None:
        """Share the places with every process that gives the same folder; its files hold nothing, they are only locked."""
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._files = [os.open(folder / f"core-{place}", flags, 0o600) for place in range(self.count)]

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one place; waits, without holding anything else, until there is one."""
        with self._turn:
            place = self._take()
            try:
                yield
            finally:
                self._give_back(place)

    def _take(self) -> int:
        """A place nobody holds; else, wait for one at random: the other processes free theirs in no order."""
        order = secrets.SystemRandom().sample(range(self.count), self.count)
        for place in order:
            if self._mine[place].acquire(blocking=False):
                if self._locked(place, fcntl.LOCK_NB):
                    return place
                self._mine[place].release()
        self._mine[order[0]].acquire()
        self._locked(order[0], 0)
        return order[0]

    def _locked(self, place: int, patience: int) -> bool:
        if not self._files:
            return True
        try:
            fcntl.flock(self._files[place], fcntl.LOCK_EX | patience)
        except BlockingIOError:
            return False
        return True

    def _give_back(self, place: int) -> None:
        if self._files:
            fcntl.flock(self._files[place], fcntl.LOCK_UN)
        self._mine[place].release()
