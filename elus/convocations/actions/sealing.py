"""At the instant it leaves: the convocation is made, hashed, stored, enclosed with the letters that waited for it."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.kernel import blobs, journal
from elus.kernel.db import db
from elus.kernel.journal import AlarmSeen, JournalEntry
from elus.kernel.outbox import Letter, LetterState
from elus.register import actions as register

SEAL_NAME = "convocation.pdf"
FORGOTTEN = timedelta(hours=1)
"""An alarm that somebody took care of, in vain, rings again after this."""
_NUMBER = re.compile(r"^[\d\s._-]+")


def due(at: datetime) -> list[Version]:
    """The versions that leave now and have no PDF yet, oldest first."""
    return list(
        db.session.scalars(
            select(Version)
            .where(
                Version.leaves_at <= at,
                Version.withdrawn_at.is_(None),
                Version.pdf_id.is_(None),
                Version.kind.in_([VersionKind.CONVOCATION, VersionKind.MEETING_CHANGED]),
            )
            .order_by(Version.leaves_at, Version.number)
        )
    )


def seal(version_id: uuid.UUID, pdf: bytes, *, at: datetime) -> bool:
    """Store the PDF, record its hash, let its letters go; False when somebody else did or it was withdrawn.

    The meeting is CONFIRMED in calendars from this instant, so SEQUENCE moves here for a first publication.
    """
    version = db.session.scalars(
        select(Version)
        .where(Version.id == version_id)
        .options(joinedload(Version.convocation, innerjoin=True).joinedload(Convocation.meeting, innerjoin=True))
        .with_for_update(of=Version)
    ).one()
    if version.pdf_id is not None or version.withdrawn_at is not None:
        return False
    blob = blobs.write(f"convocation_version:{version.id}", [pdf], at=at)
    db.session.flush()
    version.pdf_id = blob.id
    register.record(
        "convocation_sealed",
        version.convocation_id,
        at=at,
        version=version.fingerprint,
        doc=blob.sha256,
    )
    meeting = version.convocation.meeting
    if meeting.published_at == version.leaves_at:
        meeting.sequence += 1
        meeting.changed_at = at
    mine = select(Recipient.letter_id).where(Recipient.version_id == version.id)
    db.session.execute(
        update(Letter)
        .where(Letter.id.in_(mine), Letter.state == LetterState.HELD)
        .values(state=LetterState.QUEUED, attachments=_enclosures(version, blob.id))
        .execution_options(synchronize_session=False)
    )
    return True


def ring(version_id: uuid.UUID, *, why: str, at: datetime) -> bool:
    """The convocation could not be made: one alarm for one failure, whatever the number of tries; whether it rang."""
    version = db.session.get_one(Version, version_id, options=[joinedload(Version.convocation)])
    subject = f"meeting:{version.convocation.meeting_id}"
    last = db.session.execute(
        select(JournalEntry.at, AlarmSeen.at.label("seen_at"))
        .outerjoin(AlarmSeen, AlarmSeen.entry_id == JournalEntry.id)
        .where(JournalEntry.action == "sealing_failed", JournalEntry.subject == subject)
        .order_by(JournalEntry.at.desc())
        .limit(1)
    ).first()
    if last is not None and (last.seen_at is None or at < last.seen_at + FORGOTTEN):
        return False
    journal.write("sealing_failed", subject, at=at, version=str(version_id), why=why)
    return True


def _enclosures(version: Version, blob_id: uuid.UUID) -> list[dict[str, Any]]:
    notes = [
        {"blob": note["blob"], "type": note["type"], "name": _enclosed_name(note)}
        for note in version.manifest["pushed"]
    ]
    return [{"blob": str(blob_id), "type": "application/pdf", "name": SEAL_NAME}, *notes]


def _enclosed_name(note: dict[str, Any]) -> str:
    """« point-04-tarifs.pdf », whatever number the file's own name began with."""
    return f"point-{note['number']:02d}-{_NUMBER.sub('', note['name']) or 'note.pdf'}"
