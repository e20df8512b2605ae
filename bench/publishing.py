"""Publishing to 600 people: one transaction, beside the same rows written bare."""

import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from bench.instance import PEOPLE, Instance, draft
from bench.pairs import Spread, in_turn, our_cpu
from bench.table import Line, Section, most_line
from elus.convocations.actions import publishing
from elus.convocations.actions.publishing import Order
from elus.kernel import clock
from elus.kernel.db import db, sqlite_module, transaction

ROUNDS = 6


@dataclass
class Published:
    """One publication."""

    seconds: float
    statements: int


def publish(of: Instance, meeting_id: uuid.UUID) -> Published:
    """Publish a draft and count what it took."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    at = clock.now()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        began = time.perf_counter()
        with transaction():
            publishing.publish(meeting_id, Order(revision=1, author_id=of.author_id), by=of.viewer(at), at=at)
        seconds = time.perf_counter() - began
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    db.session.remove()
    return Published(seconds, sum(not statement.startswith("BEGIN") for statement in statements))


class BareCopy:
    """The rows a publication wrote, written again in an empty database of the same schema by `executemany`."""

    def __init__(self, path: Path, before: dict[str, int]) -> None:
        self.path, self.rows = path, 0
        with db.engine.connect() as connection:
            schema = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")
            )
            self.schema = [sql for (sql,) in schema if "sqlite_" not in sql]
            self.written: dict[str, list[tuple[Any, ...]]] = {
                name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name} WHERE rowid > {last}"))]
                for name, last in before.items()
            }
        self.rows = sum(map(len, self.written.values()))

    def write(self) -> float:
        """Seconds to write them in one durable transaction."""
        self.path.unlink(missing_ok=True)
        connection = sqlite_module().connect(self.path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in self.schema:
            connection.execute(statement)
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for name, rows in self.written.items():
            if rows:
                connection.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(rows[0]))})", rows)
        connection.execute("COMMIT")
        seconds = time.perf_counter() - began
        connection.close()
        return seconds


def last_rows() -> dict[str, int]:
    """The last row of each table a publication writes."""
    with db.engine.connect() as connection:
        return {
            table.name: connection.execute(text(f"SELECT coalesce(max(rowid), 0) FROM {table.name}")).scalar_one()
            for table in db.metadata.sorted_tables
        }


def section(of: Instance, folder: Path) -> Section:
    """Six drafts published, each beside the bare copy of the first one's rows."""
    drafts = iter([draft(of, days=20 + n) for n in range(ROUNDS + 1)])
    before = last_rows()
    publish(of, next(drafts))
    copy = BareCopy(folder / "copy.sqlite", before)
    counted: list[int] = []

    def ours() -> float:
        made = publish(of, next(drafts))
        counted.append(made.statements)
        return made.seconds

    pairs = in_turn([ours, copy.write], ROUNDS, our_cpu())
    mine, bare = (Spread.of([pair[place] for pair in pairs]).median * 1000 for place in (0, 1))
    times = Spread.of([pair[0] / pair[1] for pair in pairs])
    return Section(
        f"Publier à {PEOPLE} personnes, contre executemany des mêmes {copy.rows} lignes",
        [
            most_line("une transaction", f"{mine:.0f} ms", f"{bare:.1f} ms", times.median, 10, "fois"),
            Line("instructions SQL", f"{max(counted)}", "", "", "", None),
        ],
    )
