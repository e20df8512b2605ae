"""End of life of the journal: twelve months, then erased (CNIL 2021-122); the erasing is itself a line."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from elus.kernel import journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import AlarmSeen, JournalEntry

EVERY = timedelta(hours=24)
BATCH = 500


def prune(at: datetime) -> int:
    """Erase, once a day, the lines older than twelve months; the database refuses any younger one."""
    last = journal.latest("journal_pruned")
    if last is not None and at - last.at < EVERY:
        return 0
    erased, limit = 0, oldest_kept(at)
    while found := _batch(limit):
        erased += found
    if erased:
        with transaction():
            journal.write("journal_pruned", "journal", at=at, lines=erased)
    return erased


def oldest_kept(at: datetime) -> datetime:
    """Twelve months before, and a day more: the database counts with its own clock."""
    day = 28 if (at.month, at.day) == (2, 29) else at.day
    return at.replace(year=at.year - 1, day=day) - timedelta(days=1)


def _batch(limit: datetime) -> int:
    """A few at a time, so that nobody waits for the lock."""
    with transaction():
        old = db.session.scalars(
            select(JournalEntry.id).where(JournalEntry.at < limit).order_by(JournalEntry.at).limit(BATCH)
        ).all()
        if old:
            db.session.execute(delete(AlarmSeen).where(AlarmSeen.entry_id.in_(old)))
            db.session.execute(delete(JournalEntry).where(JournalEntry.id.in_(old)))
    return len(old)
