"""What members answer to a convocation."""

import enum
import uuid

from sqlalchemy import Enum, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Id, Instant, Model


class Choice(enum.StrEnum):
    """« Je viens », « Je ne viens pas »."""

    COMES = "comes"
    ABSENT = "absent"


class Answer(Model):
    """The declared presence of one person at one meeting: an intention, nothing more."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    id: Mapped[Id]
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    choice: Mapped[Choice] = mapped_column(Enum(Choice, native_enum=False, length=16))
    answered_at: Mapped[Instant]
