"""Jobs: a lost call costs a minute, a failure costs one run, a long one holds nobody up."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from huey import MemoryHuey, SqliteHuey
from huey.serializer import SignedSerializer

from elus import create_app
from elus.config import Settings, load
from elus.kernel import tasks
from elus.kernel.crypto import Keyring
from elus.kernel.tasks import Job, Turn
from tests.conftest import AT


@pytest.fixture
def apart(app: Flask) -> Iterator[Callable[..., MemoryHuey]]:
    """Give the application other jobs for one test, and a queue that runs at once."""
    names = ("elus.queue", "elus.jobs", "elus.run")
    before = {name: app.extensions[name] for name in names}

    def install(**jobs: Job) -> MemoryHuey:
        tasks.install(app, app.extensions["elus.settings"], app.extensions["elus.keyring"], jobs)
        queue = app.extensions["elus.queue"]
        queue.immediate = True
        return queue

    yield install
    app.extensions.update(before)


def test_a_woken_job_runs_with_the_present_instant(apart: Callable[..., MemoryHuey]) -> None:
    seen: list[datetime] = []
    apart(letters=lambda at: len(seen) or seen.append(at) or 1)
    tasks.wake("letters")
    assert abs(seen[0] - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_job_that_fails_does_not_stop_the_others_and_runs_again(apart: Callable[..., MemoryHuey]) -> None:
    runs: list[str] = []

    def broken(at: datetime) -> int:
        runs.append("broken")
        raise ZeroDivisionError

    queue = apart(broken=broken, letters=lambda at: len(runs.append("letters") or runs))
    sweep = queue._registry.periodic_tasks[0]
    for _ in range(2):
        queue.execute(sweep)
    assert runs == ["broken", "letters", "broken", "letters"]


def test_every_minute_every_job_looks_again(apart: Callable[..., MemoryHuey]) -> None:
    queue = apart(letters=lambda at: 1)
    assert len(queue.read_periodic(datetime(2026, 10, 5, 14, 7))) == 1  # noqa: DTZ001 — huey's own instants
    assert len(queue.read_periodic(datetime(2026, 10, 5, 14, 8))) == 1  # noqa: DTZ001


def test_a_job_asked_for_later_waits(apart: Callable[..., MemoryHuey]) -> None:
    runs: list[datetime] = []
    queue = apart(letters=lambda at: len(runs.append(at) or runs))
    queue.immediate = False
    due = datetime.now(UTC) + timedelta(seconds=60)
    tasks.wake("letters", due)
    task, now = queue.dequeue(), datetime.now(UTC).replace(tzinfo=None)
    assert not queue.ready_to_run(task, now + timedelta(seconds=55))
    assert queue.ready_to_run(task, now + timedelta(seconds=61))
    queue.execute(task)
    assert (runs, queue.scheduled_count()) == ([], 1)


def test_a_queue_that_is_away_is_no_failure_of_the_page(app: Flask, apart: Callable[..., MemoryHuey]) -> None:
    queue = apart(letters=lambda at: 1)
    queue.immediate = False

    def away(*_arguments: Any, **_options: Any) -> None:
        raise ConnectionError("redis is down")

    queue.storage.enqueue = away
    tasks.wake("letters")


def test_a_job_runs_once_at_a_time_and_once_more_for_who_came_meanwhile() -> None:
    turn, started, go = Turn(), threading.Event(), threading.Event()
    runs: list[int] = []

    def work() -> int:
        runs.append(1)
        started.set()
        assert go.wait(5)
        return 1

    first = threading.Thread(target=lambda: turn.take(work))
    first.start()
    assert started.wait(5)
    assert [turn.take(work) for _ in range(3)] == [0, 0, 0]  # at once, without waiting
    go.set()
    first.join(5)
    assert len(runs) == 2


def test_a_failure_gives_the_turn_back() -> None:
    turn = Turn()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            turn.take(lambda: 1 // 0)


def test_run_now_works_in_this_process(apart: Callable[..., MemoryHuey]) -> None:
    apart(letters=lambda at: 3 if at == AT else 0)
    assert tasks.run_now("letters", AT) == 3


def test_a_real_queue_keeps_tasks_in_a_file_and_refuses_forged_ones(tmp_path: Path) -> None:
    settings = load({"ELUS_INSTANCE": str(tmp_path), "ELUS_PUBLIC_URL": "http://localhost"})
    app = create_app_with_keys(settings)
    queue = app.extensions["elus.queue"]
    assert isinstance(queue, SqliteHuey)
    with app.app_context():
        tasks.wake("scrub")
    assert queue.pending_count() == 1
    task = queue.dequeue()
    assert task.args == ("scrub",)
    queue.storage.enqueue(SignedSerializer(secret="forged", salt="elus").serialize(("anything",)))
    with pytest.raises(ValueError, match="ignature"):
        queue.dequeue()


def test_a_real_worker_runs_what_it_is_woken_for(tmp_path: Path) -> None:
    settings = load({"ELUS_INSTANCE": str(tmp_path), "ELUS_PUBLIC_URL": "http://localhost"})
    app = create_app_with_keys(settings)
    ran = threading.Event()
    tasks.install(app, settings, app.extensions["elus.keyring"], {"letters": lambda at: ran.set() or 1})
    consumer = app.extensions["elus.queue"].create_consumer(
        workers=2, periodic=False, initial_delay=0.01, max_delay=0.02
    )
    consumer._set_signal_handlers = lambda: None
    consumer.start()
    try:
        with app.app_context():
            tasks.wake("letters")
        assert ran.wait(5)
    finally:
        consumer.stop(graceful=True)
        app.extensions["elus.queue"].storage.close()


def create_app_with_keys(settings: Settings) -> Flask:
    Keyring.create(settings.keys)
    return create_app(settings)
