"""What a reader sees of their own reading; nobody else does."""

import uuid

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Id, Instant, Model


class Reading(Model):
    """One person has opened one version of a paper."""

    __tablename__ = "reading"
    __table_args__ = (UniqueConstraint("person_id", "file_id"),)

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("file.id"), index=True)
    opened_at: Mapped[Instant]
