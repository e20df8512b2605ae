"""A large file goes up, is checked and comes down in constant memory."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from elus.kernel import clock
from elus.papers.models import PART, FileState
from elus.papers.tasks import intake
from tests.papers import documents
from tests.papers.sending import Agent

LARGE = 64_000_000


def _peak() -> int:
    with open("/proc/self/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def _forget_peak() -> None:
    with open("/proc/self/clear_refs", "w") as clear:  # noqa: PTH123
        clear.write("5")


@pytest.fixture
def large(tmp_path: Any) -> Iterator[Any]:
    path = tmp_path / "large.pdf"
    path.write_bytes(documents.heavy(LARGE))
    with path.open("rb") as file:
        yield file


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux")
def test_memory_stays_flat(app: Flask, sign_in: Any, large: Any) -> None:
    agent = Agent(sign_in)
    agent.add("2_Rapport.pdf", documents.pdf())  # everything is imported and warm
    size = os.fstat(large.fileno()).st_size
    told = agent.announce("3_Plan.pdf", size).get_json()
    agent.part(told["id"], 1, large.read(PART))
    _forget_peak()
    before = _peak()
    for number in range(2, len(told["missing"]) + 1):
        agent.part(told["id"], number, large.read(PART))
    agent.complete(told["id"])
    intake(clock.now())
    assert agent.file(told["id"]).state is FileState.READY
    answer = agent.browser.client.get(f"/reunions/{agent.meeting_id}/pieces/{told['id']}")
    assert sum(len(piece) for piece in answer.response) == size
    assert _peak() - before < 48 * 2**20  # the test client itself holds a part three times
