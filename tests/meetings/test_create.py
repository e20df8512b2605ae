from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.journal import JournalEntry
from elus.meetings.actions import create
from elus.meetings.models import Meeting
from elus.organizations.models import Organization
from tests import factories as make
from tests.conftest import AT
from tests.meetings.conftest import BY, facts


def test_a_new_meeting_is_a_draft_of_the_term_its_day_falls_in(council: Organization) -> None:
    with transaction():
        create(council.id, facts(), by=BY, at=AT)
    made = db.session.scalars(select(Meeting)).one()
    assert (made.day, made.announced_at, made.published_at, made.revision, made.sequence) == (
        date(2026, 12, 16),
        None,
        None,
        1,
        0,
    )
    assert made.term_id == make.term_of(council).id
    assert db.session.scalars(select(JournalEntry.action)).all() == ["meeting_created"]


def test_the_legal_day_is_that_of_the_clock_on_the_wall(council: Organization) -> None:
    with transaction():
        made = create(council.id, facts(starts_at=datetime(2026, 12, 16, 23, 30, tzinfo=UTC)), by=BY, at=AT)
    assert made.day == date(2026, 12, 17)


@pytest.mark.parametrize("starts_at", [AT, datetime(2020, 1, 1, 18, tzinfo=UTC)])
def test_a_meeting_is_never_created_in_the_past(council: Organization, starts_at: datetime) -> None:
    with pytest.raises(Refused, match="past"), transaction():
        create(council.id, facts(starts_at=starts_at), by=BY, at=AT)
    assert db.session.scalars(select(Meeting)).all() == []


def test_a_day_outside_every_term_is_refused(council: Organization) -> None:
    with transaction():
        db.session.get_one(type(make.term_of(council)), make.term_of(council).id).ends_on = date(2026, 11, 30)
    with pytest.raises(Refused, match="no_term"), transaction():
        create(council.id, facts(), by=BY, at=AT)


def test_the_end_comes_after_the_beginning(council: Organization) -> None:
    with pytest.raises(Refused, match="ends_before"), transaction():
        create(council.id, facts(ends_at=datetime(2026, 12, 16, 17, 30, tzinfo=UTC)), by=BY, at=AT)


def test_a_form_sent_twice_makes_one_meeting(council: Organization) -> None:
    with transaction():
        made = create(council.id, facts(), by=BY, at=AT)
    with pytest.raises(Refused, match="already_there") as refused, transaction():
        create(council.id, facts(), by=BY, at=AT)
    assert refused.value.facts["meeting_id"] == made.id
