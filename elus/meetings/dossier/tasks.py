"""Uploads that were begun and left are given up after a week."""

from datetime import datetime, timedelta

from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.meetings.dossier import actions
from elus.meetings.dossier.queries import abandoned
from elus.papers.tasks import forget

LEFT_AFTER = timedelta(days=7)


def give_up(at: datetime) -> int:
    """Delete what was received of uploads left for a week; how many."""
    left = [file.id for file in abandoned(at - LEFT_AFTER)]
    db.session.rollback()
    for file_id in left:
        try:
            with transaction():
                keys = actions.cancel(file_id, at=at)
        except Refused:
            continue
        forget(keys)
    return len(left)
