"""Doors of the administration: settings and accounts, never content."""

import uuid

from sqlalchemy import select

from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, administrator
from elus.kernel.journal import ALARMS, JournalEntry


def one_alarm(who: Viewer | None, entry_id: uuid.UUID) -> JournalEntry:
    """Gate: an alarm, for an administrator."""
    administrator(who)
    return one_or_404(select(JournalEntry).where(JournalEntry.id == entry_id, JournalEntry.action.in_(ALARMS)))
