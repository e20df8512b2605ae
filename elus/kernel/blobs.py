"""Encrypted bytes and the row that knows them: papers, convocations, upload parts, attachments.

Answers the thief of a backup (each blob has its own key, wrapped by the root keyring) and the swapped blob (the owner is bound).
"""

import os
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime

from flask import Flask, current_app
from sqlalchemy import BigInteger, update
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel import clock, journal
from elus.kernel.crypto import Damaged, Keyring, Purpose
from elus.kernel.db import Code, Id, Instant, Line, Model, Sealed, db, transaction
from elus.kernel.storage import Storage, open_sealed, store_sealed
from elus.kernel.streaming import SealedReader


class Blob(Model):
    """One immutable sequence of bytes, encrypted in the storage; `owner` names the row and version it belongs to."""

    __tablename__ = "blob"

    id: Mapped[Id]
    owner: Mapped[Line]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[Code]
    stored_size: Mapped[int] = mapped_column(BigInteger)
    stored_sha256: Mapped[Code]
    wrapped_key: Mapped[Sealed]
    created_at: Mapped[Instant]
    checked_at: Mapped[Instant] = mapped_column(
        index=True
    )  # stored SHA-256 last seen right: when written, then by the scrub
    damaged_at: Mapped[Instant | None]

    @property
    def key(self) -> str:
        """Where the storage keeps it."""
        name = self.id.hex
        return f"{name[:2]}/{name}"

    @property
    def binding(self) -> bytes:
        """Associated data: a blob or a key moved to another row does not open."""
        return f"elus/v1|blob|{self.id}|{self.owner}".encode()


def storage() -> Storage:
    """Where the encrypted bytes live."""
    return current_app.extensions["elus.storage"]  # type: ignore[no-any-return]  # set by create_app


def keyring() -> Keyring:
    """The root keyring of this installation."""
    return current_app.extensions["elus.keyring"]  # type: ignore[no-any-return]  # set by create_app


def write(owner: str, chunks: Iterable[bytes], *, at: datetime) -> Blob:
    """Encrypt and store the chunks first, then add the row; constant memory. The caller holds the transaction."""
    blob = Blob(id=uuid.uuid4(), owner=owner, created_at=at, checked_at=at)
    data_key = os.urandom(32)
    blob.wrapped_key = keyring().wrap(Purpose.WRAP_DOCUMENT, data_key, blob.binding)
    stored = store_sealed(storage(), blob.key, data_key, blob.binding, chunks)
    blob.size, blob.sha256 = stored.plain_size, stored.plain_sha256
    blob.stored_size, blob.stored_sha256 = stored.stored_size, stored.stored_sha256
    db.session.add(blob)
    return blob


def read(blob: Blob, *, start: int = 0) -> SealedReader:
    """Open a blob where a reading begins, the caller closes it; raise `Damaged` if it is known to be or if what comes first was altered."""
    try:
        if blob.damaged_at is not None:
            raise Damaged("found damaged before")
        data_key = keyring().unwrap(Purpose.WRAP_DOCUMENT, blob.wrapped_key, blob.binding)
        reader = open_sealed(storage(), blob.key, blob.stored_size, data_key, blob.binding)
        try:
            reader.check(start)
        except BaseException:
            reader.close()
            raise
    except Damaged as wrong:
        wrong.blob_id = blob.id
        raise
    reader.blob_id = blob.id
    return reader


def served(reader: SealedReader, start: int, length: int) -> Iterator[bytes]:
    """A range as the body of an answer: closes the reader; an altered segment cuts the answer, marks the blob and rings the alarm."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the body outlives the request

    def body() -> Iterator[bytes]:
        try:
            with reader:
                yield from reader.read(start, length)
        except Damaged as wrong:
            with app.app_context():
                note_damage(wrong)
            raise

    return body()


def mark_damaged(blob_id: uuid.UUID, *, at: datetime) -> None:
    """Never serve a blob again, and ring the alarm once; the caller holds the transaction."""
    marked = db.session.execute(
        update(Blob).where(Blob.id == blob_id, Blob.damaged_at.is_(None)).values(damaged_at=at).returning(Blob.owner)
    ).scalar_one_or_none()
    if marked is not None:
        journal.write("blob_damaged", marked, at=at, blob=str(blob_id))


def note_damage(wrong: Damaged) -> None:
    """At the edge, where `Damaged` comes out: mark the blob in a transaction of its own."""
    current_app.logger.error("blob %s is damaged: %s", wrong.blob_id, wrong)
    if wrong.blob_id is not None:
        with transaction():
            mark_damaged(wrong.blob_id, at=clock.now())
