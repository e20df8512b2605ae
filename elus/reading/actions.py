"""Recording that a document is handed to a person, before its first byte leaves."""

import uuid

from sqlalchemy.exc import IntegrityError

from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.reading.models import Reading
from elus.reading.queries import Opening, once
from elus.register.actions import record


def record_opening(opening: Opening, file_id: uuid.UUID, *, sha256: str, size: int, who: Viewer) -> None:
    """Write `document_served` and « Lu », each once, whatever two tabs do at the same moment."""
    if opening.convocation_id is not None:
        record(
            "document_served",
            opening.convocation_id,
            at=who.at,
            who=who.person_id,
            once=once(file_id, who),
            doc=sha256,
            session=who.session_hash,
            size=size,
        )
    if opening.marks_read:
        try:
            with db.session.begin_nested():
                db.session.add(Reading(person_id=who.person_id, file_id=file_id, opened_at=who.at))
        except IntegrityError:
            return  # the other tab was first
