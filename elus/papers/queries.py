"""Reading uploads: what has arrived of a file, and what waits to be checked."""

import uuid
from datetime import datetime

from sqlalchemy import or_, select

from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.papers.models import File, FileState, UploadPart


def missing_parts(file: File) -> list[int]:
    """The numbers of the parts that have not arrived, counted from 1."""
    arrived = set(db.session.scalars(select(UploadPart.number).where(UploadPart.file_id == file.id)))
    return [number for number in range(1, file.parts + 1) if number not in arrived]


def part_blob(file_id: uuid.UUID, number: int) -> Blob | None:
    """The bytes of a part that has arrived."""
    return db.session.scalars(
        select(Blob)
        .join(UploadPart, UploadPart.blob_id == Blob.id)
        .where(UploadPart.file_id == file_id, UploadPart.number == number)
    ).first()


def part_blobs(file_id: uuid.UUID) -> list[Blob]:
    """The bytes that have arrived, in the order of the file."""
    return list(
        db.session.scalars(
            select(Blob)
            .join(UploadPart, UploadPart.blob_id == Blob.id)
            .where(UploadPart.file_id == file_id)
            .order_by(UploadPart.number)
        )
    )


def to_check(at: datetime) -> list[uuid.UUID]:
    """Complete files nobody is checking, oldest first."""
    return list(
        db.session.scalars(
            select(File.id)
            .where(File.state == FileState.CHECKING, or_(File.claimed_until.is_(None), File.claimed_until <= at))
            .order_by(File.created_at)
        )
    )
