"""A child that dies comes back; SIGTERM ends both cleanly."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from elus.ops.supervisor import Child

STORY = """
import sys
from elus.ops.supervisor import Child, run
child = "import pathlib, time; pathlib.Path(%r).touch(); time.sleep(60)" % sys.argv[1]
run([Child("one", [sys.executable, "-c", child])])
"""


def test_a_child_that_dies_is_started_again_after_a_pause() -> None:
    child = Child("brief", [sys.executable, "-c", "raise SystemExit(3)"])
    child.look()
    assert child.process is not None
    child.process.wait(10)
    child.look()
    assert child.process is None
    assert child.not_before > time.monotonic()
    child.not_before = 0
    child.look()
    assert child.process is not None
    child.process.wait(10)


def test_sigterm_stops_the_children(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    parent = subprocess.Popen([sys.executable, "-c", STORY, str(mark)])
    deadline = time.monotonic() + 20
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark.exists()
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(20) == 0
