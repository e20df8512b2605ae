"""Background work: domain rows are the truth, huey only wakes the jobs that look for due rows.

A killed worker loses a minute, never a letter: every minute all the jobs look again. A long job never holds up the others.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask, current_app
from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer

from elus.config import Settings
from elus.kernel import clock
from elus.kernel.crypto import Keyring, Purpose

Job = Callable[[datetime], int]
"""Does what is due at the given instant and says how many rows it handled."""


def install(app: Flask, settings: Settings, keyring: Keyring, jobs: Mapping[str, Job]) -> None:
    """Give the application its queue and the jobs it may wake."""
    queue = _queue(app, settings, keyring)
    turns = {name: Turn() for name in jobs}

    def run(name: str) -> int:
        return turns[name].take(lambda: _run(app, name, jobs[name]))

    task = queue.task(name="run")(run)
    queue.periodic_task(crontab(), name="sweep")(lambda: [task(name) for name in jobs])
    app.extensions["elus.queue"] = queue
    app.extensions["elus.jobs"] = jobs
    app.extensions["elus.run"] = task


class Turn:
    """One run of a job at a time; who comes meanwhile does not wait, but the job runs once more for them."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._again = threading.Event()

    def take(self, work: Callable[[], int]) -> int:
        """Do the work unless it is being done, and again as long as somebody asked meanwhile."""
        count = 0
        self._again.set()
        while self._again.is_set() and self._busy.acquire(blocking=False):
            try:
                self._again.clear()
                count += work()
            finally:
                self._busy.release()
        return count


def _run(app: Flask, name: str, job: Job) -> int:
    with app.app_context():
        try:
            return job(clock.now())
        except Exception:
            app.logger.exception("job %s failed; it will run again within a minute", name)
            return 0


def _queue(app: Flask, settings: Settings, keyring: Keyring) -> Huey:
    serializer = SignedSerializer(secret=keyring.derive(Purpose.TASKS).hex(), salt="elus")
    if app.testing:
        return MemoryHuey("elus", serializer=serializer)
    if settings.redis_url:
        return RedisHuey("elus", url=settings.redis_url, serializer=serializer, results=False)
    return SqliteHuey(
        "elus",
        filename=str(settings.instance / "tasks.sqlite"),
        serializer=serializer,
        results=False,
        journal_mode="truncate",  # Python's own library may be one that corrupts a WAL
    )


def wake(name: str, at: datetime | None = None) -> None:
    """Ask the worker to run a job now, or at an instant; a lost call only costs the minute until the next sweep."""
    run = current_app.extensions["elus.run"]
    try:
        run.schedule((name,), eta=at.astimezone().replace(tzinfo=None)) if at else run(name)
    except Exception:
        current_app.logger.exception("job %s could not be woken; the sweep will do it", name)


def run_now(name: str, at: datetime) -> int:
    """Run one job in this process."""
    job: Job = current_app.extensions["elus.jobs"][name]
    return job(at)
