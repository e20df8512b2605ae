"""The versions of a convocation, and whom each went to."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.kernel.blobs import Blob
from elus.kernel.db import db

PATIENCE = timedelta(minutes=2)
"""How long the worker usually needs, at most, to make a convocation that leaves."""


def versions(meeting_id: uuid.UUID) -> list[Version]:
    """Every version that was not withdrawn, oldest first."""
    return list(
        db.session.scalars(
            select(Version)
            .join(Convocation, Version.convocation_id == Convocation.id)
            .where(Convocation.meeting_id == meeting_id, Version.withdrawn_at.is_(None))
            .order_by(Version.number)
        )
    )


def convening(found: Sequence[Version]) -> Version | None:
    """The version that convenes: the last full convocation among those given."""
    full = [version for version in found if version.kind is VersionKind.CONVOCATION]
    return full[-1] if full else None


def late(found: Sequence[Version], at: datetime) -> Version | None:
    """The last version whose letters should have left but wait for its PDF."""
    waiting = [one for one in found if one.sealed and one.pdf_id is None and one.leaves_at + PATIENCE <= at]
    return waiting[-1] if waiting else None


def latest(meeting_id: uuid.UUID) -> Version | None:
    """The last version, withdrawn or not."""
    return db.session.scalars(
        select(Version)
        .join(Convocation, Version.convocation_id == Convocation.id)
        .where(Convocation.meeting_id == meeting_id)
        .order_by(Version.number.desc())
        .limit(1)
    ).first()


def last_pdf(meeting_id: uuid.UUID) -> Blob | None:
    """The last sealed convocation of a meeting."""
    return db.session.scalars(
        select(Blob)
        .join(Version, Version.pdf_id == Blob.id)
        .join(Convocation, Version.convocation_id == Convocation.id)
        .where(Convocation.meeting_id == meeting_id, Version.withdrawn_at.is_(None))
        .order_by(Version.number.desc())
        .limit(1)
    ).first()


def recipients(version_id: uuid.UUID) -> list[Recipient]:
    """Those of one version with person and letter; one query."""
    return list(
        db.session.scalars(
            select(Recipient)
            .where(Recipient.version_id == version_id)
            .options(joinedload(Recipient.person), joinedload(Recipient.letter))
        )
    )


def reach(version_id: uuid.UUID) -> tuple[int, int]:
    """How many people of a version are written to, and how many are not."""
    letters, people = db.session.execute(
        select(func.count(Recipient.letter_id), func.count(Recipient.id)).where(Recipient.version_id == version_id)
    ).one()
    return letters, people - letters
