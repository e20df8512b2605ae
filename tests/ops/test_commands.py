"""The `elus` command before anything is installed: help is there, a command says what is missing in one sentence."""

import os
import subprocess
import sys
from pathlib import Path


def _elus(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELUS_")}
    return subprocess.run(
        [sys.executable, "-m", "elus", *words],
        env={**kept, "ELUS_INSTANCE": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_needs_no_keys_and_names_every_command(tmp_path: Path) -> None:
    said = _elus(tmp_path, "--help")
    assert (said.returncode, said.stderr) == (0, "")
    listed = {line.split()[0] for line in said.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert {"init", "serve", "worker", "doctor", "backup", "demo", "law", "register", "accounts"} <= listed


def test_a_command_that_needs_the_keys_says_so_in_one_sentence(tmp_path: Path) -> None:
    for words in (["migrate"], ["register", "verify"], ["nothing"]):
        said = _elus(tmp_path, *words)
        assert said.returncode == 1
        assert said.stderr.startswith("elus : Le trousseau")
        assert "Traceback" not in said.stderr
