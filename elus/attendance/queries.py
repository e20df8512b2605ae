"""Who comes, as declared."""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from elus.attendance.models import Answer, Choice
from elus.kernel.db import db


@dataclass(frozen=True)
class Counts:
    """Declared presences of one meeting."""

    comes: int
    absent: int

    @property
    def total(self) -> int:
        return self.comes + self.absent


def answers(meeting_id: uuid.UUID) -> dict[uuid.UUID, Answer]:
    """The answer of each person who gave one."""
    found = db.session.scalars(select(Answer).where(Answer.meeting_id == meeting_id))
    return {answer.person_id: answer for answer in found}


def answer_of(meeting_id: uuid.UUID, person_id: uuid.UUID) -> Answer | None:
    """What one person declared."""
    return db.session.scalars(
        select(Answer).where(Answer.meeting_id == meeting_id, Answer.person_id == person_id)
    ).first()


def counts(meeting_id: uuid.UUID) -> Counts:
    """How many come, how many do not."""
    rows = db.session.execute(
        select(Answer.choice, func.count()).where(Answer.meeting_id == meeting_id).group_by(Answer.choice)
    )
    found = {choice: number for choice, number in rows}  # noqa: C416 — rows are not pairs for the type checker
    return Counts(found.get(Choice.COMES, 0), found.get(Choice.ABSENT, 0))
