"""Encrypted bytes and the row that knows them: papers, convocations, upload parts, attachments.

Answers the thief of a backup (each blob has its own key, wrapped by the root keyring) and the swapped blob (the owner is bound).
"""

import os
import uuid
from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.crypto import Keyring, Purpose
from elus.kernel.db import Code, Id, Instant, Line, Model, Sealed, db
from elus.kernel.storage import SealedReader, Storage, open_sealed, store_sealed


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
    blob = Blob(id=uuid.uuid4(), owner=owner, created_at=at)
    data_key = os.urandom(32)
    blob.wrapped_key = keyring().wrap(Purpose.WRAP_DOCUMENT, data_key, blob.binding)
    stored = store_sealed(storage(), blob.key, data_key, blob.binding, chunks)
    blob.size, blob.sha256 = stored.plain_size, stored.plain_sha256
    blob.stored_size, blob.stored_sha256 = stored.stored_size, stored.stored_sha256
    db.session.add(blob)
    return blob


def read(blob: Blob) -> SealedReader:
    """Open a blob for reading; the caller closes it. Raise `Damaged` when its first segment was altered."""
    data_key = keyring().unwrap(Purpose.WRAP_DOCUMENT, blob.wrapped_key, blob.binding)
    reader = open_sealed(storage(), blob.key, blob.stored_size, data_key, blob.binding)
    reader.check_first()
    return reader
