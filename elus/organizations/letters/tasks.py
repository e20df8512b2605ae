"""What the worker does with the letters asked for: it makes them, and destroys what was taken or is too old."""

import uuid
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from elus.config import Settings
from elus.identity.actions.invitations import VALID
from elus.kernel import blobs
from elus.kernel.clock import local_day
from elus.kernel.db import db, transaction
from elus.kernel.typesetter import CannotTypeset
from elus.organizations.letters import actions, document, queries
from elus.organizations.letters.actions import Written
from elus.organizations.models import WelcomeBatch


def make_due(at: datetime) -> int:
    """Make the letters asked for, one batch after the other, and destroy those whose time is over."""
    due = select(WelcomeBatch.id).where(
        WelcomeBatch.ready_at.is_(None), WelcomeBatch.failed.is_(None), WelcomeBatch.expires_at > at
    )
    waiting = list(db.session.scalars(due.order_by(WelcomeBatch.asked_at)))
    db.session.rollback()
    return sum(_make(batch_id, at) for batch_id in waiting) + destroy_due(at)


def typeset(written: list[Written], at: datetime) -> bytes:
    """The PDF of some letters; slow, so that no transaction is open meanwhile."""
    settings: Settings = current_app.extensions["elus.settings"]
    people = [(letter.told, letter.code) for letter in written]
    return document.letters(people, public_url=settings.public_url, until=at + VALID, at=at)


def destroy_due(at: datetime) -> int:
    """Destroy the PDFs that were taken, or that nobody took within a day."""
    over = select(WelcomeBatch.id).where(WelcomeBatch.blob_id.is_not(None), WelcomeBatch.expires_at <= at).limit(100)
    batch_ids = list(db.session.scalars(over))
    destroy(batch_ids)
    with transaction():
        actions.forget(at)
    return len(batch_ids)


def destroy(batch_ids: list[uuid.UUID]) -> None:
    """Destroy some PDFs: the rows and their keys first, then the stored bytes."""
    if not batch_ids:
        return
    with transaction():
        keys = actions.destroy(batch_ids)
    for key in keys:
        blobs.storage().delete(key)


def _make(batch_id: uuid.UUID, at: datetime) -> int:
    with transaction():
        batch = db.session.get_one(WelcomeBatch, batch_id)
        written = actions.write(queries.still_asked(batch, local_day(at)), at=at)
    if not written:
        with transaction():
            actions.give_up(batch_id, "nobody")
        return 1
    try:
        pdf = typeset(written, at)
    except CannotTypeset:
        current_app.logger.exception("the letters of batch %s could not be made", batch_id)
        with transaction():
            actions.give_up(batch_id, "typesetting")
        return 1
    with transaction():
        return int(actions.keep(batch_id, written, pdf, at=at))
