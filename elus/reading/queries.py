"""What one person has opened, and how an opening is to be recorded."""

import hashlib
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, or_, select

from elus.convocations.models import Convocation, Recipient, Version
from elus.kernel.asking import ASKING, values
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.meetings.access import seated
from elus.meetings.models import Meeting
from elus.reading.models import Reading
from elus.register.models import Event


def opened_files(person_id: uuid.UUID, file_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """When this person first opened each of these files; one query."""
    rows = db.session.execute(
        select(Reading.file_id, Reading.opened_at).where(
            Reading.person_id == person_id, Reading.file_id.in_(list(file_ids))
        )
    )
    return dict(iter(rows))


@dataclass(frozen=True)
class Opening:
    """What must be written before a file leaves."""

    convocation_id: uuid.UUID | None  # None: the register is not concerned, or holds it already
    marks_read: bool  # « Lu » is not there yet

    @property
    def is_news(self) -> bool:
        return self.convocation_id is not None or self.marks_read


def opening(meeting_id: uuid.UUID, file_id: uuid.UUID, who: Viewer) -> Opening:
    """Whether the register and « Lu » still lack this person's opening of a file in this session; one query."""
    asked = {**values(who), "meeting_id": meeting_id, "file_id": file_id, "once": once(file_id, who)}
    row = db.session.execute(_opening(), asked).first()
    if row is None:
        return Opening(None, marks_read=False)
    convocation_id, concerned, is_recorded, is_read = row
    return Opening(convocation_id if concerned and not is_recorded else None, marks_read=not is_read)


@cache
def _opening() -> Select[*tuple[Any, ...]]:
    recipient = exists().where(
        Recipient.version_id == Version.id,
        Version.convocation_id == Convocation.id,
        Version.withdrawn_at.is_(None),
        Version.leaves_at <= ASKING.at,
        Recipient.person_id == ASKING.person_id,
    )
    recorded = exists().where(Event.convocation_id == Convocation.id, Event.once == bindparam("once"))
    read = exists().where(Reading.person_id == ASKING.person_id, Reading.file_id == bindparam("file_id"))
    return (
        select(Convocation.id, or_(recipient, seated(ASKING)), recorded, read)
        .select_from(Meeting)
        .outerjoin(Convocation, Convocation.meeting_id == Meeting.id)
        .where(Meeting.id == bindparam("meeting_id"), Meeting.published(ASKING.at))
    )


def once(file_id: uuid.UUID, who: Viewer) -> str:
    """One `document_served` per person, file and session."""
    return hashlib.sha256(f"served|{who.person_id}|{file_id}|{who.session_id}".encode()).hexdigest()
