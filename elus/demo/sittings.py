"""A sitting with its agenda and papers, prepared outside any transaction, then saved as the portal itself would."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO

import pypdfium2

from elus.demo.days import ident
from elus.demo.names import slug
from elus.kernel import blobs
from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Consultation, ItemKind, Meeting, Visibility
from elus.papers.models import File, FileState, Paper, PaperKind

PIECE = 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """A paper ready to be filed under an item."""

    title: str
    kind: PaperKind
    name: str
    content: bytes
    pages: int
    facts: dict[str, object]


@dataclass
class Sitting:
    """A meeting, its items in order and the papers of each."""

    meeting: Meeting
    items: list[AgendaItem] = field(default_factory=list)
    pieces: list[tuple[uuid.UUID, Piece]] = field(default_factory=list)

    def item(
        self,
        title: str,
        summary: str = "",
        rapporteur: str = "",
        kind: ItemKind = ItemKind.DELIBERATION,
        visibility: Visibility = Visibility.MEMBERS,
    ) -> AgendaItem:
        """One more item at the end."""
        made = AgendaItem(
            id=ident("item", self.meeting.id, len(self.items) + 1),
            meeting_id=self.meeting.id,
            position=len(self.items) + 1,
            title=title,
            summary=summary,
            rapporteur=rapporteur,
            kind=kind,
            visibility=visibility,
            closed_session_planned=False,
            sensitive=False,
        )
        self.items.append(made)
        return made


def piece(title: str, kind: PaperKind, content: bytes, *, place: int, annex: int = 0) -> Piece:
    """A paper with the facts that the check of a received file would find; `annex` numbers its name « 12-A1_… »."""
    document = pypdfium2.PdfDocument(BytesIO(content))
    sizes = [document.get_page_size(page) for page in range(len(document))]
    scanned = not document[0].get_textpage().count_chars()
    told = "" if scanned else document.get_metadata_value("Title")
    document.close()
    facts: dict[str, object] = {
        "title": told,
        "lang": "" if scanned else "fr-FR",
        "tagged": not scanned,
        "scanned": scanned,
        "landscape": sum(width > height for width, height in sizes),
        "blank": 0,
        "active": [],
        "repaired": False,
    }
    mark = f"{place:02d}-A{annex}" if annex else f"{place:02d}"
    return Piece(title, kind, f"{mark}_{slug(title)[:70]}.pdf", content, len(sizes), facts)


def save(sitting: Sitting, *, by: uuid.UUID | None, at: datetime) -> None:
    """Write the meeting, its items, and each paper through encryption; the caller holds the transaction."""
    db.session.add(sitting.meeting)
    db.session.flush()
    db.session.add_all(sitting.items)
    db.session.flush()
    counts: dict[uuid.UUID, int] = {}
    for item_id, made in sitting.pieces:
        counts[item_id] = counts.get(item_id, 0) + 1
        _save_piece(made, sitting.meeting.id, item_id, counts[item_id], by=by, at=at)


def _save_piece(
    made: Piece, meeting_id: uuid.UUID, item_id: uuid.UUID, position: int, *, by: uuid.UUID | None, at: datetime
) -> None:
    paper = Paper(id=ident("paper", item_id, position), title=made.title, kind=made.kind, created_at=at, ready_at=at)
    file = File(
        id=ident("file", item_id, position),
        paper_id=paper.id,
        version=1,
        name=made.name,
        media_type="application/pdf",
        size=len(made.content),
        pages=made.pages,
        facts=made.facts,
        state=FileState.READY,
        created_at=at,
        created_by=by,
        checked_at=at,
    )
    blob = blobs.write(
        f"file:{file.id}:1", (made.content[n : n + PIECE] for n in range(0, len(made.content), PIECE)), at=at
    )
    db.session.add(paper)
    db.session.flush()
    file.blob_id = blob.id
    db.session.add(file)
    db.session.add(
        Consultation(
            id=ident("consultation", item_id, position),
            meeting_id=meeting_id,
            item_id=item_id,
            paper_id=paper.id,
            position=position,
        )
    )
