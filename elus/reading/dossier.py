"""The dossier of one meeting as one reader finds it: the agenda, its papers, and what was read of them, in one query."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, select

from elus.kernel.db import UtcInstant, db
from elus.kernel.raw import Raw, converted, raw
from elus.meetings.models import AgendaItem, Consultation, ItemKind, Visibility
from elus.papers.models import File, Paper
from elus.reading.models import Reading

KEPT = 128


class Row(NamedTuple):
    """One version of one paper of one item; an item without paper is a row whose `file_id` is None."""

    item_id: uuid.UUID
    item_title: str
    summary: str
    rapporteur: str
    kind: ItemKind
    visibility: Visibility
    closed_session_planned: bool
    item_withdrawn_at: datetime | None
    paper_id: uuid.UUID | None
    paper_title: str | None
    file_id: uuid.UUID | None
    version: int | None
    media_type: str | None
    size: int | None
    pages: int | None
    checked_at: datetime | None
    withheld_until: datetime | None

    @property
    def shown_since(self) -> datetime | None:
        """When this version became what members read: once checked, or once the change that brings it left."""
        return max((when for when in (self.checked_at, self.withheld_until) if when), default=None)


@dataclass(frozen=True, eq=False)
class Contents:
    """What a meeting shows to everybody, worked out once for the same rows."""

    rows: tuple[Row, ...]
    current: tuple[Row, ...]  # the latest version of each paper
    items: int
    papers: int
    pages: int


@dataclass(frozen=True)
class Dossier:
    """The contents, and which files this reader has opened."""

    contents: Contents
    opened: frozenset[uuid.UUID]

    def unread(self, since: datetime | None) -> tuple[int, int]:
        """How many papers are new to this reader, and how many changed after the convocation left."""
        lines = [row for row in self.contents.current if _is_open(row) and row.file_id not in self.opened]
        changed = sum(1 for row in lines if is_changed(row, since))
        return len(lines) - changed, changed


COLUMNS = (
    AgendaItem.id,
    AgendaItem.title,
    AgendaItem.summary,
    AgendaItem.rapporteur,
    AgendaItem.kind,
    AgendaItem.visibility,
    AgendaItem.closed_session_planned,
    AgendaItem.withdrawn_at,
    Paper.id,
    Paper.title,
    File.id,
    File.version,
    File.media_type,
    File.size,
    File.pages,
    File.checked_at,
    File.withheld_until,
)
FILE_ID = 10


def dossier(meeting_id: uuid.UUID, person_id: uuid.UUID, *, at: datetime) -> Dossier:
    """Ready papers of a meeting in the order of its agenda, oldest version first."""
    asked = {"meeting_id": meeting_id, "person_id": person_id, "at": at}
    found = db.session.connection().execute(_selection(), asked).all()
    opened = frozenset(uuid.UUID(str(line[FILE_ID])) for line in found if line[-1])
    return Dossier(contents(tuple(line[:-1] for line in found)), opened)


@cache
def _selection() -> Select[*tuple[Any, ...]]:
    """The columns as the driver gives them: most requests find rows already known, and then convert nothing."""
    shown = and_(Paper.id == Consultation.paper_id, Paper.ready_at.is_not(None), Paper.withdrawn_at.is_(None))
    return (
        select(
            *raw(COLUMNS),
            Reading.id.is_not(None),
        )
        .select_from(AgendaItem)
        .outerjoin(Consultation, Consultation.item_id == AgendaItem.id)
        .outerjoin(Paper, shown)
        .outerjoin(File, and_(File.paper_id == Paper.id, File.shown(bindparam("at", type_=UtcInstant()))))
        .outerjoin(Reading, and_(Reading.file_id == File.id, Reading.person_id == bindparam("person_id")))
        .where(AgendaItem.meeting_id == bindparam("meeting_id"))
        .order_by(AgendaItem.position, AgendaItem.id, Consultation.position, Consultation.id, File.version)
    )


@lru_cache(maxsize=KEPT)
def contents(found: Raw) -> Contents:
    """The rows as values; kept by content, not by name: other rows are another key, nothing has to be invalidated."""
    rows = tuple(Row(*values) for values in converted(COLUMNS, found))
    latest = {row.paper_id: row for row in rows if row.file_id is not None}
    current = tuple(latest.values())
    return Contents(
        rows,
        current,
        items=len({row.item_id for row in rows}),
        papers=len(current),
        pages=sum(row.pages or 0 for row in current),
    )


def _is_open(row: Row) -> bool:
    """Whether a member may open what the row shows."""
    return row.visibility is not Visibility.RESTRICTED and row.item_withdrawn_at is None


def is_changed(row: Row, since: datetime | None) -> bool:
    """Whether this version replaced another after the convocation left."""
    return bool(row.version and row.version > 1 and since and row.shown_since and row.shown_since > since)


def by_item(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each item, in the order of the agenda."""
    found: dict[uuid.UUID, list[Row]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return list(found.values())
