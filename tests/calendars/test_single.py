"""One meeting as a file."""

import uuid

import icalendar
import pytest

from tests import factories as make


@pytest.fixture
def council(app):
    return make.organization()


def test_a_member_takes_a_meeting_into_a_calendar(sign_in, council) -> None:
    meeting = make.meeting(council)
    response = sign_in(make.member(council)).get(f"/reunions/{meeting.id}/seance.ics")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == f'attachment; filename="seance-{meeting.day:%Y-%m-%d}.ics"'
    event = icalendar.Calendar.from_ical(response.data).walk("VEVENT")[0]
    assert event["UID"] == f"seance-{meeting.id}@localhost"
    assert len(event.walk("VALARM")) == 1


def test_others_cannot_tell_that_it_exists(sign_in, council) -> None:
    meeting = make.meeting(council)
    outsider = sign_in(make.member(make.organization("Conseil municipal")))
    assert outsider.get(f"/reunions/{meeting.id}/seance.ics").status_code == 404
    assert outsider.get(f"/reunions/{uuid.uuid4()}/seance.ics").status_code == 404


def test_a_draft_is_not_for_members(sign_in, council) -> None:
    draft = make.meeting(council, published=False, announced=False)
    assert sign_in(make.member(council)).get(f"/reunions/{draft.id}/seance.ics").status_code == 404


def test_a_stranger_signs_in_first(browser, council) -> None:
    meeting = make.meeting(council)
    response = browser.get(f"/reunions/{meeting.id}/seance.ics")
    assert response.status_code == 302
    assert "/connexion" in response.headers["Location"]
