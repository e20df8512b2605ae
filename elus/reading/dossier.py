"""The dossier of one meeting as one reader finds it: the agenda, its papers, and what was read of them, in one query."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select

from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Consultation, ItemKind, Visibility
from elus.papers.models import File, FileState, Paper
from elus.reading.models import Reading


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


@dataclass(frozen=True)
class Dossier:
    """What the agenda shows to everybody, and which files this reader has opened."""

    rows: tuple[Row, ...]
    opened: frozenset[uuid.UUID]

    @property
    def items(self) -> int:
        return len({row.item_id for row in self.rows})

    @property
    def pages(self) -> int:
        return sum(row.pages or 0 for row in current(self.rows))

    @property
    def papers(self) -> int:
        return len(current(self.rows))

    def unread(self, since: datetime | None) -> tuple[int, int]:
        """How many papers are new to this reader, and how many changed after the convocation left."""
        lines = [row for row in readable(self.rows) if row.file_id not in self.opened]
        changed = sum(1 for row in lines if is_changed(row, since))
        return len(lines) - changed, changed


def dossier(meeting_id: uuid.UUID, person_id: uuid.UUID) -> Dossier:
    """Ready papers of a meeting in the order of its agenda, oldest version first."""
    found: Sequence[Any] = db.session.execute(
        select(
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
            Reading.id.is_not(None),
        )
        .outerjoin(Consultation, Consultation.item_id == AgendaItem.id)
        .outerjoin(
            Paper,
            and_(Paper.id == Consultation.paper_id, Paper.ready_at.is_not(None), Paper.withdrawn_at.is_(None)),
        )
        .outerjoin(File, and_(File.paper_id == Paper.id, File.state == FileState.READY))
        .outerjoin(Reading, and_(Reading.file_id == File.id, Reading.person_id == person_id))
        .where(AgendaItem.meeting_id == meeting_id)
        .order_by(AgendaItem.position, AgendaItem.id, Consultation.position, Consultation.id, File.version)
    ).all()
    rows = tuple(Row(*line[:-1]) for line in found)
    opened = frozenset(line[10] for line in found if line[-1])
    return Dossier(rows, opened)


def current(rows: Sequence[Row]) -> list[Row]:
    """The latest version of each paper."""
    latest = {row.paper_id: row for row in rows if row.file_id is not None}
    return list(latest.values())


def readable(rows: Sequence[Row]) -> list[Row]:
    """The latest versions a member may open."""
    return [
        row for row in current(rows) if row.visibility is not Visibility.RESTRICTED and row.item_withdrawn_at is None
    ]


def is_changed(row: Row, since: datetime | None) -> bool:
    """Whether this version replaced another after the convocation left."""
    return bool(row.version and row.version > 1 and since and row.checked_at and row.checked_at > since)
