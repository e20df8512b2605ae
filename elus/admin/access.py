"""Doors of the administration: settings and accounts, never content."""

import uuid

from sqlalchemy import select

from elus.identity.models import User
from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, administrator
from elus.kernel.journal import ALARMS, JournalEntry


def one_account(who: Viewer | None, user_id: uuid.UUID) -> User:
    """Gate: any account, for an administrator: to close it or to sign it out, never to enter it."""
    administrator(who)
    return one_or_404(select(User).where(User.id == user_id))


def one_alarm(who: Viewer | None, entry_id: uuid.UUID) -> JournalEntry:
    """Gate: an alarm, for an administrator."""
    administrator(who)
    return one_or_404(select(JournalEntry).where(JournalEntry.id == entry_id, JournalEntry.action.in_(ALARMS)))
