"""What the worker does at the hour of departure, and then with each letter; it decides nothing."""

import uuid
from datetime import datetime

from flask import current_app

from elus.convocations import document
from elus.convocations.actions import outcomes, sealing
from elus.kernel import outbox, tasks
from elus.kernel.db import db, transaction


def seal_due(at: datetime) -> int:
    """Make, hash and store the convocations that leave now; their letters may go. One that fails rings and stops no other."""
    done = 0
    for version in sealing.due(at):
        version_id, manifest = version.id, version.manifest
        db.session.rollback()
        try:
            pdf = document.convocation(manifest)
            with transaction():
                done += sealing.seal(version_id, pdf, at=at)
        except Exception as wrong:
            _tell(version_id, wrong, at)
    if done:
        tasks.wake("letters")
    return done


def _tell(version_id: uuid.UUID, wrong: Exception, at: datetime) -> None:
    with transaction():
        rang = sealing.ring(version_id, why=type(wrong).__name__, at=at)
    current_app.logger.error(
        "the convocation of version %s could not be made: %r", version_id, wrong, exc_info=wrong if rang else None
    )


def send_due(at: datetime) -> int:
    """Hand the letters that are due to the mail server, then close the versions whose letters all have an outcome."""
    sent = outbox.deliver_due(at, told=outcomes.Teller())
    if sent or outcomes.anything_to_close(at):
        with transaction():
            outcomes.close_versions(at)
    return sent
