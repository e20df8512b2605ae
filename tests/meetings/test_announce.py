from datetime import timedelta

import pytest

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.meetings.actions import announce, withdraw_announcement
from elus.meetings.models import Meeting
from elus.organizations.models import Organization
from tests import factories as make
from tests.meetings.conftest import BY


def test_announcing_shows_the_meeting_from_that_instant(draft: Meeting) -> None:
    at, draft_id = clock.now(), draft.id
    with transaction():
        announce(draft_id, by=BY, at=at, revision=1)
    found = db.session.get_one(Meeting, draft_id)
    assert (found.announced_at, found.changed_at, found.sequence, found.published_at) == (at, at, 0, None)


def test_announcing_twice_keeps_the_first_instant(draft: Meeting) -> None:
    at, draft_id = clock.now(), draft.id
    for later in (at, at + timedelta(hours=1)):
        with transaction():
            announce(draft_id, by=BY, at=later, revision=9)
    assert db.session.get_one(Meeting, draft_id).announced_at == at


def test_withdrawing_raises_the_sequence_so_that_a_second_announcement_is_newer(draft: Meeting) -> None:
    at, draft_id = clock.now(), draft.id
    with transaction():
        announce(draft_id, by=BY, at=at, revision=1)
    with transaction():
        withdraw_announcement(draft_id, by=BY, at=at)
    found = db.session.get_one(Meeting, draft_id)
    assert (found.announced_at, found.sequence) == (None, 1)


def test_a_stale_page_does_not_announce(draft: Meeting) -> None:
    draft_id = draft.id
    with transaction():
        db.session.get_one(Meeting, draft_id).facts_revision = 3
    with pytest.raises(Refused, match="changed_meanwhile"), transaction():
        announce(draft_id, by=BY, at=clock.now(), revision=2)


def test_a_published_meeting_keeps_its_announcement(council: Organization) -> None:
    published = make.meeting(council).id
    with pytest.raises(Refused, match="published"), transaction():
        withdraw_announcement(published, by=BY, at=clock.now())


def test_a_past_draft_is_not_announced(council: Organization) -> None:
    past = make.draft(council, day=clock.local_day(clock.now()) - timedelta(days=3)).id
    with pytest.raises(Refused, match="past"), transaction():
        announce(past, by=BY, at=clock.now(), revision=1)
