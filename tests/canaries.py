"""What must never reach the journal or the logs, watched during every test: secrets typed or kept, addresses typed, content."""

import logging
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Engine, Insert, event

from elus.kernel.journal import JournalEntry

SECRET = re.compile(r"password|code|secret|token|address|identity|key|reset", re.I)
NOT_SECRET = {"csrf_token", "resume_key"}
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PLAIN = re.compile(
    rf"{UUID}|\d{{4}}-\d\d-\d\d|(?![0-9a-f]{{24,}}$)[a-z][a-z0-9_.-]{{0,47}}|(?:[A-Z][a-z]+){{1,5}}"
    r"|(?:https?://|urn:)[\w.:/-]{1,80}|[0-9a-f.:]{1,40}/\d{1,3}"
)
"""An identifier, a day, a code of ours, a type of error, a level of proof (acr), a rough network: nothing a person wrote or keeps."""
SUBJECT = re.compile(rf"[a-z_]+(?::(?:{UUID}|\d{{1,4}}))*")


def is_plain(value: Any) -> bool:
    """Whether a journal may hold this."""
    if isinstance(value, Mapping):
        return all(is_plain(one) for one in (*value, *value.values()))
    if isinstance(value, list | tuple):
        return all(is_plain(one) for one in value)
    return value is None or isinstance(value, bool | int) or PLAIN.fullmatch(str(value)) is not None


class Line(NamedTuple):
    """What of a line could repeat something."""

    action: str
    subject: str
    client: str
    detail: Mapping[str, Any]


BLANK: dict[str, Any] = {"action": "", "subject": "", "client": "", "detail": {}}


class Watch(logging.Handler):
    """Reads over the shoulder of the journal and of the logs while secrets go by."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.secrets: set[str] = set()
        self.said: list[str] = []
        self.wrong: list[str] = []

    def begin(self) -> None:
        """A new test: nothing known yet."""
        self.secrets, self.said, self.wrong = set(), [], []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] not in {"sqlalchemy", "asyncio", "playwright"}:
            self.said.append(logging.Formatter("%(message)s").format(record))

    def learn(self, data: Any) -> None:
        """Remember what a form carries in its secret fields."""
        if isinstance(data, Mapping):
            for name, value in data.items():
                if SECRET.search(str(name)) and name not in NOT_SECRET and isinstance(value, str) and len(value) > 5:
                    self.secrets |= {value, value.strip(), value.replace(" ", "")}

    def note(self, entry: Line) -> None:
        """One line about to be written."""
        self.said.append(f"{entry.subject} {entry.client} {entry.detail}")
        if not (is_plain(entry.detail) and SUBJECT.fullmatch(entry.subject)):
            self.wrong.append(f"{entry.action}: {entry.subject} {entry.detail}")

    def end(self) -> None:
        """Nothing typed was repeated, nothing but codes was written."""
        assert not self.wrong, f"the journal holds identifiers and codes only: {self.wrong}"
        for secret in self.secrets:
            found = [line for line in self.said if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", line)]
            assert not found, f"« {secret} » was typed, and repeated: {found}"


watch = Watch()


@event.listens_for(Engine, "before_execute")
def _written(_connection: Any, statement: Any, many: Any, one: Any, _options: Any) -> None:
    """The journal is written by the driver: the statement is seen, not the row."""
    if isinstance(statement, Insert) and statement.table.name == JournalEntry.__tablename__:
        for row in many or [one]:
            watch.note(Line(**{name: row.get(name) or default for name, default in BLANK.items()}))
