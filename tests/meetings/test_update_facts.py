from datetime import UTC, date, datetime, timedelta

import pytest

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.meetings.actions import Facts, announce, update_facts
from elus.meetings.models import Meeting
from elus.organizations.models import Organization
from tests import factories as make
from tests.meetings.conftest import BY


def same(meeting: Meeting, **other: object) -> Facts:
    given = {name: getattr(meeting, name) for name in ("title", "starts_at", "ends_at", "place")}
    return Facts(**{**given, **other})


def change(meeting: Meeting, revision: int = 1, **other: object) -> Meeting:
    wanted, meeting_id = same(meeting, **other), meeting.id
    with transaction():
        update_facts(meeting_id, wanted, by=BY, at=clock.now(), revision=revision)
    return db.session.get_one(Meeting, meeting_id)


def test_a_draft_changes_and_its_revision_moves(draft: Meeting) -> None:
    before = draft.changed_at
    found = change(draft, title="Conseil extraordinaire", place="Mairie de Thénezay")
    assert (found.title, found.place, found.revision, found.sequence) == (
        "Conseil extraordinaire",
        "Mairie de Thénezay",
        2,
        0,
    )
    assert found.changed_at > before


def test_saving_without_a_change_moves_nothing(draft: Meeting) -> None:
    assert change(draft).revision == 1


def test_time_and_place_move_the_sequence_once_calendars_hold_the_meeting_and_the_title_does_not(
    council: Organization,
) -> None:
    announced = make.meeting(council, published=False)
    found = change(announced, place="Mairie de Thénezay")
    assert (found.sequence, found.revision) == (1, 2)
    found = change(found, 2, starts_at=found.starts_at + timedelta(days=1))
    assert (found.sequence, found.day) == (2, found.starts_at.date())
    assert change(found, 3, title="Conseil extraordinaire").sequence == 2


def test_an_older_page_does_not_overwrite_what_a_colleague_wrote(draft: Meeting) -> None:
    change(draft, place="Mairie de Thénezay")
    with pytest.raises(Refused, match="changed_meanwhile"):
        change(draft, 1, place="Gymnase")
    assert db.session.get_one(Meeting, draft.id).place == "Mairie de Thénezay"


def test_an_announcement_counts_as_a_change_of_the_facts(draft: Meeting) -> None:
    with transaction():
        announce(draft.id, by=BY, at=clock.now(), revision=1)
    with pytest.raises(Refused, match="changed_meanwhile"):
        change(draft, 1, place="Gymnase")


def test_a_date_in_the_past_is_refused(draft: Meeting) -> None:
    with pytest.raises(Refused, match="past"):
        change(draft, starts_at=datetime(2020, 1, 1, 18, tzinfo=UTC))


def test_another_term_is_found_by_the_date(draft: Meeting, council: Organization) -> None:
    with transaction():
        term = db.session.get_one(type(make.term_of(council)), make.term_of(council).id)
        term.ends_on = date(2032, 3, 1)
    later = make.term(db.session.get_one(type(council.body), council.body_id), date(2032, 3, 2))
    assert change(draft, starts_at=datetime(2032, 5, 5, 16, tzinfo=UTC)).term_id == later.id


def test_a_published_meeting_is_changed_elsewhere(council: Organization) -> None:
    published = make.meeting(council)
    with pytest.raises(Refused, match="published"):
        change(published, place="Gymnase")
