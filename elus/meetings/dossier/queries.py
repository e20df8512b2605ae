"""The papers of a meeting as the secretariat, the check and the convocation read them: one statement, whatever their number."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import exists, select

from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.papers.filing import proposed_item
from elus.papers.models import File, FileState, Paper, PaperKind


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper of a meeting with its current version: the last readable one, else the last received."""

    consultation_id: uuid.UUID
    paper_id: uuid.UUID
    item_id: uuid.UUID | None  # None: « À ranger »
    position: int
    title: str
    kind: PaperKind
    ready_at: datetime | None
    withdrawn_at: datetime | None
    file_id: uuid.UUID
    version: int
    name: str
    state: FileState
    refusal: str | None
    pages: int | None
    size: int
    media_type: str | None
    facts: dict[str, Any]
    sha256: str | None
    changed_at: datetime  # when this version became what it is
    withheld: bool  # members do not see this version yet
    incoming: "Incoming | None"  # a newer version on its way, or refused
    earlier: tuple[tuple[int, uuid.UUID], ...]  # older readable versions, newest first
    duplicate: bool  # another paper of the meeting has the same content

    @property
    def ready(self) -> bool:
        return self.ready_at is not None


@dataclass(frozen=True, slots=True)
class Incoming:
    """A version that is not readable: being received, being checked, or refused."""

    file_id: uuid.UUID
    name: str
    state: FileState
    refusal: str | None


def papers_of(meeting_id: uuid.UUID, *, shown_at: datetime | None = None) -> list[PaperLine]:
    """The papers of a meeting in the order of its agenda, those « À ranger » last; with `shown_at`, as members see them then."""
    selection = (
        select(
            Consultation.id.label("consultation_id"),
            Consultation.item_id,
            Consultation.position,
            Paper.id.label("paper_id"),
            *(Paper.title, Paper.kind, Paper.ready_at, Paper.withdrawn_at),
            File.id.label("file_id"),
            *(File.version, File.name, File.state, File.refusal, File.pages, File.size, File.media_type),
            *(File.facts, File.created_at, File.checked_at, File.withheld_until),
            Blob.sha256,
        )
        .join(Paper, Consultation.paper_id == Paper.id)
        .join(File, File.paper_id == Paper.id)
        .outerjoin(Blob, File.blob_id == Blob.id)
        .outerjoin(AgendaItem, Consultation.item_id == AgendaItem.id)
        .where(Consultation.meeting_id == meeting_id)
        .order_by(
            Consultation.item_id.is_(None),
            AgendaItem.position,
            Consultation.position,
            Paper.created_at,
            Consultation.id,
            File.version,
        )
    )
    if shown_at is not None:
        selection = selection.where(File.shown(shown_at), Paper.ready_at.is_not(None), Paper.withdrawn_at.is_(None))
    return list(_lines(db.session.execute(selection).all()))


def _lines(rows: Sequence[Any]) -> Iterator[PaperLine]:
    papers = [list(versions) for _, versions in groupby(rows, key=lambda row: row.consultation_id)]
    currents = [_current(versions) for versions in papers]
    contents = [row.sha256 for row in currents if row.sha256 and row.withdrawn_at is None]
    for versions, row in zip(papers, currents, strict=True):
        last = versions[-1]
        yield PaperLine(
            **{name: getattr(row, name) for name in _SAME},
            changed_at=max(row.checked_at or row.created_at, _released(row) or row.created_at),
            withheld=row.withheld_until is not None,
            incoming=Incoming(last.file_id, last.name, last.state, last.refusal) if last is not row else None,
            earlier=tuple(
                (older.version, older.file_id)
                for older in reversed(versions)
                if older.version < row.version and older.state is FileState.READY
            ),
            duplicate=row.withdrawn_at is None and contents.count(row.sha256) > 1,
        )


_SAME = [
    name for name in PaperLine.__slots__ if name not in {"changed_at", "withheld", "incoming", "earlier", "duplicate"}
]


def _current(versions: list[Any]) -> Any:
    readable = [row for row in versions if row.state is FileState.READY]
    return readable[-1] if readable else versions[-1]


def _released(row: Any) -> datetime | None:
    return row.withheld_until if row.withheld_until and row.withheld_until.year < 9999 else None


@dataclass(frozen=True)
class Tray:
    """What waits « À ranger », each with the item its name seems to be about, and what is on its way or refused elsewhere."""

    lines: tuple[tuple[PaperLine, int | None], ...]
    troubles: tuple[PaperLine, ...]
    items: tuple[str, ...]


def tray(meeting_id: uuid.UUID) -> Tray:
    """The tray of a meeting in two statements."""
    papers = [line for line in papers_of(meeting_id) if line.withdrawn_at is None]
    titles = tuple(
        db.session.scalars(
            select(AgendaItem.title).where(AgendaItem.meeting_id == meeting_id).order_by(AgendaItem.position)
        )
    )
    waiting = [line for line in papers if line.item_id is None]
    filed = [line for line in papers if line.item_id is not None]
    return Tray(
        lines=tuple((line, proposed_item(line.name, titles)) for line in waiting),
        troubles=tuple(line for line in filed if line.incoming or line.state is not FileState.READY or line.duplicate),
        items=titles,
    )


def resumable(meeting_id: uuid.UUID, resume_key: str) -> File | None:
    """The same upload, begun before and not finished."""
    return db.session.scalars(
        select(File)
        .join(Consultation, Consultation.paper_id == File.paper_id)
        .where(Consultation.meeting_id == meeting_id, File.resume_key == resume_key, File.state == FileState.RECEIVING)
        .limit(1)
    ).first()


def was_shown(consultation: Consultation, meeting: Meeting, at: datetime) -> bool:
    """Whether members may have read a paper of this meeting."""
    if meeting.published_at is None:
        return False
    shown = exists().where(
        Paper.id == consultation.paper_id,
        Paper.ready_at.is_not(None),
        File.paper_id == Paper.id,
        File.state == FileState.READY,
        File.withheld_until.is_(None) | (File.withheld_until <= at),
    )
    return bool(db.session.scalar(select(shown)))


def abandoned(before: datetime) -> list[File]:
    """Uploads begun long ago that never came to their end."""
    return list(
        db.session.scalars(select(File).where(File.state == FileState.RECEIVING, File.created_at < before).limit(100))
    )
