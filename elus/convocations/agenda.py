"""The agenda as it leaves: its points, their papers and the versions of each, as plain values (pure)."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from elus.meetings.models import ItemKind, Visibility
from elus.papers.models import FileState, PaperKind

VOTED = frozenset({ItemKind.DELIBERATION, ItemKind.ELECTION, ItemKind.BUDGET})
NOTES = frozenset({PaperKind.NOTE, PaperKind.REPORT})  # a draft resolution alone is not a note (CGCT L2121-12)


@dataclass(frozen=True)
class Copy:
    """One version of a paper's file."""

    file_id: uuid.UUID
    version: int
    name: str
    media_type: str | None
    size: int
    pages: int | None
    state: FileState
    refusal: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    blob_id: uuid.UUID | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Piece:
    """One paper and its versions, oldest first."""

    paper_id: uuid.UUID
    title: str
    kind: PaperKind
    marked_ready: bool
    copies: tuple[Copy, ...]

    @property
    def newest(self) -> Copy | None:
        return self.copies[-1] if self.copies else None

    @property
    def leaving(self) -> Copy | None:
        """The version that goes with the convocation: the last one checked, of a paper marked « Prêt »."""
        checked = [copy for copy in self.copies if copy.state is FileState.READY and copy.sha256]
        return checked[-1] if checked and self.marked_ready else None


@dataclass(frozen=True)
class Point:
    """One item of the agenda with its number."""

    number: int
    item_id: uuid.UUID
    title: str
    kind: ItemKind
    summary: str = ""
    rapporteur: str = ""
    visibility: Visibility = Visibility.MEMBERS
    closed_session_planned: bool = False
    sensitive: bool = False
    icpe: bool = False
    pieces: tuple[Piece, ...] = ()

    @property
    def voted(self) -> bool:
        return self.kind in VOTED

    @property
    def restricted(self) -> bool:
        return self.visibility is Visibility.RESTRICTED

    @property
    def pushed(self) -> tuple[Copy, ...]:
        """The explanatory notes that may go inside the mail: never those of a sensitive or restricted item."""
        if self.sensitive or self.restricted:
            return ()
        found = (piece.leaving for piece in self.pieces if piece.kind is PaperKind.NOTE)
        return tuple(copy for copy in found if copy)

    @property
    def has_note(self) -> bool:
        return any(piece.kind in NOTES and piece.leaving for piece in self.pieces)


@dataclass(frozen=True)
class Agenda:
    """All the points, and the papers nobody has filed yet."""

    points: tuple[Point, ...]
    unfiled: tuple[Piece, ...] = ()

    @property
    def icpe(self) -> bool:
        return any(point.icpe for point in self.points)

    @property
    def pieces(self) -> list[tuple[Point, Piece]]:
        return [(point, piece) for point in self.points for piece in point.pieces]

    @property
    def leaving(self) -> list[tuple[Point, Piece, Copy]]:
        return [(point, piece, piece.leaving) for point, piece in self.pieces if piece.leaving]

    @property
    def pages(self) -> int:
        return sum(copy.pages or 0 for _, _, copy in self.leaving)

    @property
    def octets(self) -> int:
        return sum(copy.size for _, _, copy in self.leaving)


def enclosed(agenda: Agenda, limit: int) -> tuple[list[tuple[int, Copy]], bool]:
    """Point number and note of each note that fits under a limit, in the order of the agenda; and whether all of them do."""
    found, left, whole = [], limit, True
    for number, copy in notes(agenda.points):
        if copy.size <= left:
            found.append((number, copy))
            left -= copy.size
        else:
            whole = False
    return found, whole


def notes(points: Iterable[Point]) -> list[tuple[int, Copy]]:
    """The explanatory notes that may be pushed, each with the number of its point."""
    return [(point.number, copy) for point in points for copy in point.pushed]
