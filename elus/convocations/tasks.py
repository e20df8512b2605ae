"""What the worker does at the hour of departure, and then with each letter; it decides nothing."""

from datetime import datetime

from flask import current_app

from elus.convocations import document
from elus.convocations.actions import outcomes, sealing
from elus.kernel import outbox, tasks
from elus.kernel.db import db, transaction


def seal_due(at: datetime) -> int:
    """Make, hash and store the convocations that leave now; their letters may go. One that fails does not stop the others."""
    done = 0
    for version in sealing.due(at):
        version_id, manifest = version.id, version.manifest
        db.session.rollback()
        try:
            pdf = document.convocation(manifest)
            with transaction():
                done += sealing.seal(version_id, pdf, at=at)
        except Exception:
            current_app.logger.exception("the convocation of version %s could not be made", version_id)
    if done:
        tasks.wake("letters")
    return done


def send_due(at: datetime) -> int:
    """Hand the letters that are due to the mail server, then close the versions whose letters all have an outcome."""
    sent = outbox.deliver_due(at, told=outcomes.Teller())
    if sent or outcomes.anything_to_close(at):
        with transaction():
            outcomes.close_versions(at)
    return sent
