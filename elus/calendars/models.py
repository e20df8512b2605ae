"""Secret feed addresses."""

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.db import Code, Id, Instant, Line, Model, Sealed


class Feed(Model):
    """One person's calendar address: the token is kept as a keyed hash, with a sealed copy to show it again."""

    __tablename__ = "feed"

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[Code] = mapped_column(unique=True)
    token: Mapped[Sealed]  # sealed with WRAP_FIELD, bound to this row
    created_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    etag: Mapped[Code | None]  # what the address showed last
    changed_at: Mapped[Instant | None]  # Last-Modified: when that was first seen, a meeting that left included
    fetched_at: Mapped[Instant | None]
    client: Mapped[Line | None]
