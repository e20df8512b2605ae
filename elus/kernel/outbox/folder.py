"""The outbox folder of a demonstration: letters one can open, never said to be accepted by anybody."""

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from elus.kernel.outbox.letters import Outcome

_UNSAFE = re.compile(r"[^\w.@+-]", re.ASCII)


class Folder:
    """Stands where the mail server would."""

    accepted = 0

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        self.path, self.now = path, now

    def open(self) -> None:
        """Make the folder."""
        self.path.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Nothing is held."""

    def hand_over(self, message_id: str, recipient: str, pieces: list[bytes]) -> Outcome:
        """Write a message as `<message-id>.eml`, whole or not at all."""
        name = _UNSAFE.sub("_", message_id.strip("<>"))[:200] + ".eml"
        part = self.path / f".{name}.part"
        try:
            with part.open("wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path / name)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return Outcome("written", text=name, relay="outbox", sent_at=self.now())
