"""Twelve months, then the lines go; a person reads one's own."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from elus.admin.journal.queries import lines_about
from elus.admin.journal.tasks import BATCH, oldest_kept, prune
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import AlarmSeen, JournalEntry
from tests import factories as make
from tests.conftest import AT


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(JournalEntry)) or 0


def test_what_is_older_than_twelve_months_is_erased_seen_alarms_too_and_it_is_told(app: Flask) -> None:
    at = clock.now()
    with transaction():
        old = [at - timedelta(days=368, seconds=n) for n in range(BATCH + 5)]
        db.session.add_all(JournalEntry(at=one, action="mail_down", subject="mail", detail={}) for one in old)
        db.session.flush()
        alarm = db.session.scalars(select(JournalEntry.id).limit(1)).one()
        db.session.add(AlarmSeen(entry_id=alarm, at=at))
        journal.write("mail_up", "mail", at=at - timedelta(days=360))
    assert prune(at) == BATCH + 5
    assert count() == 2
    told = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "journal_pruned")).one()
    assert told.detail == {"lines": BATCH + 5}


def test_it_looks_once_a_day_and_says_nothing_when_nothing_is_old(app: Flask) -> None:
    at = clock.now()
    assert prune(at) == 0
    assert count() == 0
    with transaction():
        journal.write("mail_up", "mail", at=at - timedelta(days=400))
    assert prune(at) == 1
    with transaction():
        journal.write("mail_up", "mail", at=at - timedelta(days=400))
    assert prune(at + timedelta(hours=23)) == 0
    assert prune(at + timedelta(hours=25)) == 1


@pytest.mark.parametrize(
    ("at", "oldest"),
    [
        (datetime(2026, 10, 8, 12, tzinfo=UTC), datetime(2025, 10, 7, 12, tzinfo=UTC)),
        (datetime(2028, 2, 29, 12, tzinfo=UTC), datetime(2027, 2, 27, 12, tzinfo=UTC)),
    ],
)
def test_twelve_months_are_of_the_calendar(at: datetime, oldest: datetime) -> None:
    assert oldest_kept(at) == oldest


def test_a_person_reads_what_they_did_and_what_was_done_about_their_account(app: Flask) -> None:
    me, helper, other = (make.account(make.person()) for _ in range(3))
    mine, helping, theirs = me.id, helper.id, other.id
    with transaction():
        journal.write("password_changed", f"user:{mine}", at=AT, by=mine)
        journal.write("rescue_issued", f"user:{mine}", at=AT + timedelta(hours=1), by=helping)
        journal.write("invited", f"user:{theirs}", at=AT + timedelta(hours=2), by=mine)
        journal.write("password_changed", f"user:{theirs}", at=AT, by=theirs)
    found = lines_about(mine)
    assert [line.action for line in found] == ["invited", "rescue_issued", "password_changed"]
    assert [(line.mine, line.about_me) for line in found] == [(True, False), (False, True), (True, True)]
    sentence = app.jinja_env.get_template("parts/journal.html").module.sentence  # type: ignore[attr-defined]
    assert str(sentence(found[2])) == "Vous avez changé votre mot de passe."
    assert str(sentence(found[1])).endswith(
        "a remis un code de dépannage pour vous, après avoir vérifié votre identité."
    )
    assert len(lines_about(mine, limit=1)) == 1
