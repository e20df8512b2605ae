"""What is enclosed with letters: stored once, encrypted; read and encoded once for a whole run."""

import uuid
from typing import Any

from elus.kernel import blobs
from elus.kernel.blobs import Blob
from elus.kernel.crypto import Damaged
from elus.kernel.db import db
from elus.kernel.outbox.message import Attachment, base64_lines

KEPT = 64 * 1024 * 1024


class Enclosures:
    """Encoded attachments by blob, in bounded memory."""

    def __init__(self) -> None:
        self._encoded: dict[uuid.UUID, bytes] = {}

    def of(self, attachments: list[dict[str, Any]]) -> list[Attachment]:
        """The attachments of a letter; raise `Damaged` when one cannot be read whole."""
        return [
            Attachment(
                str(entry["name"]),
                str(entry["type"]),
                base64_lines(str(entry["text"]).encode()) if "text" in entry else self._blob(uuid.UUID(entry["blob"])),
            )
            for entry in attachments
        ]

    def _blob(self, blob_id: uuid.UUID) -> bytes:
        if blob_id not in self._encoded:
            if sum(map(len, self._encoded.values())) > KEPT:
                self._encoded.clear()
            self._encoded[blob_id] = base64_lines(_content(blob_id))
        return self._encoded[blob_id]


def _content(blob_id: uuid.UUID) -> bytes:
    blob = db.session.get(Blob, blob_id)
    if blob is None:
        raise Damaged(f"blob {blob_id} is missing")
    try:
        with blobs.read(blob) as reader:
            return b"".join(reader.read(0, reader.size))
    finally:
        db.session.rollback()
