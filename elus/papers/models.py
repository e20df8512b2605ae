"""What an item shows, as encrypted immutable files."""

import enum
import uuid
from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, ColumnElement, Enum, ForeignKey, UniqueConstraint, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elus.kernel.blobs import Blob
from elus.kernel.db import Code, Id, Instant, Line, Model

PART = 8 * 1024 * 1024
"""Bytes of one part of an upload; only the last one is shorter."""

NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)
"""Until when a version is withheld while the change that brings it is not published."""


class PaperKind(enum.StrEnum):
    """What a paper is to its item."""

    NOTE = "note"  # « note explicative de synthèse » (CGCT L2121-12)
    REPORT = "report"
    DRAFT_RESOLUTION = "draft_resolution"  # « projet de délibération »
    ANNEX = "annex"
    MINUTES = "minutes"


class FileState(enum.StrEnum):
    """From the first byte received to a file one may read."""

    RECEIVING = "receiving"
    CHECKING = "checking"  # all bytes are here; the worker opens it with its real parser
    READY = "ready"
    REFUSED = "refused"


class Paper(Model):
    """A document of a meeting; its files are its versions."""

    __tablename__ = "paper"

    id: Mapped[Id]
    title: Mapped[Line]
    kind: Mapped[PaperKind] = mapped_column(Enum(PaperKind, native_enum=False, length=24))
    created_at: Mapped[Instant]
    ready_at: Mapped[Instant | None]  # « Prêt »: only ready papers leave
    withdrawn_at: Mapped[Instant | None]

    files: Mapped[list["File"]] = relationship(back_populates="paper", order_by="File.version", lazy="raise_on_sql")


class File(Model):
    """One immutable version of a paper."""

    __tablename__ = "file"
    __table_args__ = (UniqueConstraint("paper_id", "version"),)

    id: Mapped[Id]
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper.id"), index=True)
    version: Mapped[int]
    name: Mapped[Line]  # as the agent named it, cleaned; never trusted
    media_type: Mapped[Line | None]
    size: Mapped[int] = mapped_column(BigInteger)  # announced, then verified
    pages: Mapped[int | None]
    facts: Mapped[dict[str, object]] = mapped_column(
        JSON, default=dict
    )  # scanned, landscape, untitled, active content…
    state: Mapped[FileState] = mapped_column(Enum(FileState, native_enum=False, length=16), index=True)
    refusal: Mapped[Code | None]
    blob_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("blob.id"))
    created_at: Mapped[Instant]
    created_by: Mapped[uuid.UUID | None]
    checked_at: Mapped[Instant | None]
    claimed_until: Mapped[Instant | None]
    withheld_until: Mapped[
        Instant | None
    ]  # members do not see this version before; None as soon as its meeting is shown
    resume_key: Mapped[Code | None] = mapped_column(index=True)  # same name, size and date: the same upload goes on

    paper: Mapped[Paper] = relationship(back_populates="files")
    blob: Mapped[Blob | None] = relationship()

    @property
    def owner(self) -> str:
        """What its bytes are bound to: this row and version."""
        return f"file:{self.id}:{self.version}"

    @property
    def parts(self) -> int:
        """How many parts its announced size makes."""
        return -(-self.size // PART)

    def part_size(self, number: int) -> int:
        """Bytes of one part, counted from 1; 0 when there is no such part."""
        return max(0, min(PART, self.size - (number - 1) * PART)) if number >= 1 else 0

    @classmethod
    def shown(cls, at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
        """SQL: a readable version that members may see at an instant."""
        return and_(cls.state == FileState.READY, or_(cls.withheld_until.is_(None), cls.withheld_until <= at))


class UploadPart(Model):
    """One raw part of a file being received, already encrypted."""

    __tablename__ = "upload_part"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    id: Mapped[Id]
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("file.id"), index=True)
    number: Mapped[int]
    blob_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("blob.id"))

    blob: Mapped[Blob] = relationship()
