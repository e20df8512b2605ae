"""The convocation (legal act), its immutable versions, and each person it was sent to."""

import enum
import hashlib
import uuid
from datetime import date
from typing import Any

from sqlalchemy import JSON, Enum, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elus.kernel.blobs import Blob
from elus.kernel.db import Code, Id, Instant, Line, Model, Prose
from elus.kernel.outbox import Letter
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership, Person, Role
from elus.register.format import canonical


class VersionKind(enum.StrEnum):
    """Why a version was made."""

    CONVOCATION = "convocation"
    PAPERS_CHANGED = "papers_changed"
    MEETING_CHANGED = "meeting_changed"
    CANCELLATION = "cancellation"


SEALED = frozenset({VersionKind.CONVOCATION, VersionKind.MEETING_CHANGED})


class Convocation(Model):
    """The convocation of one meeting: the chain of its register, whatever the number of versions."""

    __tablename__ = "convocation"

    id: Mapped[Id]
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"), unique=True)

    meeting: Mapped[Meeting] = relationship()


class Version(Model):
    """What was convened, to whom, by whom, and what the law said of it; never changed once it has left."""

    __tablename__ = "convocation_version"
    __table_args__ = (UniqueConstraint("convocation_id", "number"),)

    id: Mapped[Id]
    convocation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("convocation.id"), index=True)
    number: Mapped[int]
    kind: Mapped[VersionKind] = mapped_column(Enum(VersionKind, native_enum=False, length=24))
    created_at: Mapped[Instant]
    leaves_at: Mapped[Instant] = mapped_column(index=True)
    withdrawn_at: Mapped[Instant | None]  # « Annuler l’envoi » in time
    operator_id: Mapped[uuid.UUID]  # the agent who pressed the button
    author_name: Mapped[Line]  # the mayor or president who convenes: first name, surname
    author_quality: Mapped[Line]
    regime: Mapped[Code]
    latest_day: Mapped[date | None]
    forecast: Mapped[dict[str, Any]] = mapped_column(JSON)  # the verdict shown before publishing, frozen
    urgency: Mapped[Prose | None]
    late_reason: Mapped[Prose | None]
    manifest: Mapped[dict[str, Any]] = mapped_column(JSON)  # meeting, agenda, files with SHA-256
    pdf_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("blob.id")
    )  # made by the worker before the first letter
    done_at: Mapped[Instant | None]  # every electronic letter has an outcome

    convocation: Mapped[Convocation] = relationship()
    pdf: Mapped[Blob | None] = relationship()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical manifest: what the register names this version by."""
        return fingerprint(self.manifest)

    @property
    def sealed(self) -> bool:
        """Whether its convocation is made as a PDF before the first letter leaves."""
        return self.kind in SEALED


def fingerprint(manifest: dict[str, Any]) -> str:
    """SHA-256 of canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(manifest).encode()).hexdigest()


class Recipient(Model):
    """One person of one version, with what was in force at dispatch."""

    __tablename__ = "recipient"
    __table_args__ = (UniqueConstraint("version_id", "person_id"),)

    id: Mapped[Id]
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("convocation_version.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("membership.id"))
    role: Mapped[Role] = mapped_column(Enum(Role, native_enum=False, length=16))
    channel: Mapped[Channel] = mapped_column(Enum(Channel, native_enum=False, length=16))
    address: Mapped[Line | None]
    letter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("letter.id"))
    handed_on: Mapped[date | None]  # « remis le » on paper, as recorded by an agent
    handed_note: Mapped[Line | None]
    reminded_at: Mapped[Instant | None]

    version: Mapped[Version] = relationship()
    person: Mapped[Person] = relationship()
    membership: Mapped[Membership] = relationship()
    letter: Mapped[Letter | None] = relationship()
