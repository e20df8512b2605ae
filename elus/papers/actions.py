"""Receiving, keeping and giving up the files of a paper."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.papers.filing import stored_name
from elus.papers.models import File, FileState, Paper, PaperKind, UploadPart
from elus.papers.queries import missing_parts

LEASE = timedelta(minutes=15)


@dataclass(frozen=True)
class Verdict:
    """What the real parser says of a file: its type and facts, or why it is refused."""

    media_type: str | None = None
    pages: int | None = None
    facts: dict[str, object] = field(default_factory=dict)
    refusal: str | None = None


def create_paper(title: str, kind: PaperKind, *, at: datetime) -> Paper:
    """A paper without any file yet."""
    paper = Paper(id=uuid.uuid4(), title=title, kind=kind, created_at=at)
    db.session.add(paper)
    return paper


def next_version(paper_id: uuid.UUID) -> int:
    """The number of the next version of a paper."""
    return (db.session.scalar(select(func.max(File.version)).where(File.paper_id == paper_id)) or 0) + 1


def receive(
    paper_id: uuid.UUID,
    *,
    name: str,
    size: int,
    by: uuid.UUID,
    at: datetime,
    resume_key: str | None = None,
    withheld_until: datetime | None = None,
) -> File:
    """Announce the next version of a paper; its parts follow."""
    file = File(
        id=uuid.uuid4(),
        paper_id=paper_id,
        version=next_version(paper_id),
        name=stored_name(name) or "document",
        size=size,
        state=FileState.RECEIVING,
        created_at=at,
        created_by=by,
        resume_key=resume_key,
        withheld_until=withheld_until,
    )
    db.session.add(file)
    return file


def keep_part(file_id: uuid.UUID, number: int, blob: Blob) -> Blob | None:
    """Keep a part already stored; None, or the equal part that was there first. Another content at its place is refused."""
    file = _receiving(file_id)
    known = db.session.execute(
        select(Blob)
        .join(UploadPart, UploadPart.blob_id == Blob.id)
        .where(UploadPart.file_id == file_id, UploadPart.number == number)
    ).scalar_one_or_none()
    if known is not None:
        if (known.size, known.sha256) != (blob.size, blob.sha256):
            raise Refused("part_differs")
        return known
    if blob.size != file.part_size(number):
        raise Refused("part_cut")
    db.session.add(blob)
    db.session.flush()
    db.session.add(UploadPart(file_id=file_id, number=number, blob_id=blob.id))
    return None


def complete(file_id: uuid.UUID) -> None:
    """All parts are here: the worker may check the file. Doing it twice changes nothing."""
    file = db.session.scalars(select(File).where(File.id == file_id).with_for_update()).one()
    if file.state is not FileState.RECEIVING:
        return
    if missing := missing_parts(file):
        raise Refused("parts_missing", missing=missing)
    file.state = FileState.CHECKING


def attach(file_id: uuid.UUID, blob: Blob) -> None:
    """Give a received file its whole bytes, in one blob."""
    file = db.session.get_one(File, file_id)
    db.session.add(blob)
    db.session.flush()
    file.blob_id, file.size, file.resume_key = blob.id, blob.size, None


def claim(file_id: uuid.UUID, *, at: datetime) -> bool:
    """Take a complete file for checking, for a while; False when somebody else has it."""
    taken = db.session.execute(
        update(File)
        .where(
            File.id == file_id,
            File.state == FileState.CHECKING,
            or_(File.claimed_until.is_(None), File.claimed_until <= at),
        )
        .values(claimed_until=at + LEASE)
        .returning(File.id)
    )
    return taken.scalar_one_or_none() is not None


def let_go(file_id: uuid.UUID) -> None:
    """Somebody else may check the file at once."""
    db.session.execute(update(File).where(File.id == file_id).values(claimed_until=None))


def conclude(file_id: uuid.UUID, verdict: Verdict, *, at: datetime) -> list[str]:
    """Ready or refused; a refused file keeps no bytes. Gives the storage keys to forget once committed."""
    file = db.session.scalars(select(File).where(File.id == file_id)).first()
    if file is None:
        return []
    file.claimed_until, file.checked_at = None, at
    file.media_type, file.pages, file.facts = verdict.media_type, verdict.pages, verdict.facts
    file.refusal = verdict.refusal
    file.state = FileState.REFUSED if verdict.refusal else FileState.READY
    if not verdict.refusal:
        return []
    blob_id, file.blob_id = file.blob_id, None
    db.session.flush()
    return drop_parts(file_id) + _forget_blobs([blob_id] if blob_id else [])


def drop_parts(file_id: uuid.UUID) -> list[str]:
    """Let the parts go, once they are one blob; gives the storage keys to forget once committed."""
    ids = list(db.session.scalars(select(UploadPart.blob_id).where(UploadPart.file_id == file_id)))
    db.session.execute(delete(UploadPart).where(UploadPart.file_id == file_id))
    return _forget_blobs(ids)


def drop_file(file_id: uuid.UUID) -> list[str]:
    """Delete a version nobody was shown; gives the storage keys to forget once committed."""
    keys = drop_parts(file_id)
    blob_id = db.session.scalar(select(File.blob_id).where(File.id == file_id))
    db.session.execute(delete(File).where(File.id == file_id))
    return keys + _forget_blobs([blob_id] if blob_id else [])


def _forget_blobs(ids: list[uuid.UUID]) -> list[str]:
    keys = [blob.key for blob in db.session.scalars(select(Blob).where(Blob.id.in_(ids)))] if ids else []
    if ids:
        db.session.execute(delete(Blob).where(Blob.id.in_(ids)))
    return keys


def _receiving(file_id: uuid.UUID) -> File:
    file = db.session.scalars(select(File).where(File.id == file_id).with_for_update()).first()
    if file is None or file.state is not FileState.RECEIVING:
        raise Refused("not_receiving")
    return file
