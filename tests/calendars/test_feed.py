"""The feed over HTTP: what it shows, when it changes, what it answers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import icalendar
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from elus.calendars import actions, queries
from elus.calendars.addresses import feed_url
from elus.calendars.models import Feed
from elus.identity.models import User
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.models import AgendaItem, Meeting, Visibility
from elus.organizations.models import Membership, Organization, Person, Role
from tests import factories as make

CLIENT = "Google-Calendar-Importer"


def subscribe(person: Person, at: datetime | None = None) -> str:
    """The path of a new secret address."""
    with transaction():
        token = actions.create_feed(person.id, at or clock.now())
    return feed_url(token).removeprefix("http://localhost")


@pytest.fixture
def council(app) -> Organization:
    return make.organization()


@pytest.fixture
def member(council: Organization) -> Person:
    return make.member(council)


@pytest.fixture
def path(member: Person) -> str:
    return subscribe(member)


def titles(response) -> list[str]:
    return [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(response.data).walk("VEVENT")]


def change(meeting: Meeting, **facts) -> None:
    with transaction():
        found = db.session.get(Meeting, meeting.id)
        for name, value in facts.items():
            setattr(found, name, value)


def test_it_is_a_calendar_for_anybody_who_holds_the_address(browser, council, path) -> None:
    meeting = make.meeting(council)
    response = browser.get(path, headers={"Accept": "", "User-Agent": CLIENT})
    assert response.status_code == 200
    headers = response.headers
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Content-Disposition"].startswith("inline")
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert re.fullmatch(r'"[0-9a-f]{64}"', headers["ETag"])
    assert parsedate_to_datetime(headers["Last-Modified"])
    assert "Set-Cookie" not in headers
    assert titles(response) == [meeting.title]
    assert f"UID:seance-{meeting.id}@localhost".encode() in response.data.replace(b"\r\n ", b"")
    assert path.split("/")[-1].removesuffix(".ics").encode() not in response.data


def test_no_session_cookie_is_touched_even_in_a_signed_in_browser(sign_in, member, path) -> None:
    assert "Set-Cookie" not in sign_in(member).get(path).headers


def test_head_gives_the_headers_of_get(browser, council, path) -> None:
    make.meeting(council)
    told, asked = browser.get(path), browser.open(path, method="HEAD")
    assert asked.data == b""
    for name in ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control"):
        assert asked.headers[name] == told.headers[name]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND", "PATCH"])
def test_nothing_but_reading_is_allowed(browser, path, method) -> None:
    response = browser.open(path, method=method)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("wanted", ["{etag}", "W/{etag}", '"autre", {etag}', '"autre", W/{etag}', "*"])
def test_an_unchanged_calendar_costs_a_304_that_repeats_its_etag(browser, council, path, wanted) -> None:
    make.meeting(council)
    etag = browser.get(path).headers["ETag"]
    response = browser.get(path, headers={"If-None-Match": wanted.format(etag=etag)})
    assert (response.status_code, response.data) == (304, b"")
    assert response.headers["ETag"] == etag
    assert response.headers["Cache-Control"] == "private, no-cache"


def test_if_modified_since_is_honoured_unless_an_etag_says_otherwise(browser, council, path) -> None:
    make.meeting(council)
    since = browser.get(path).headers["Last-Modified"]
    assert browser.get(path, headers={"If-Modified-Since": since}).status_code == 304
    assert browser.get(path, headers={"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}).status_code == 200
    both = {"If-Modified-Since": since, "If-None-Match": '"autre"'}
    assert browser.get(path, headers=both).status_code == 200
    assert (
        browser.get(path, headers={"If-Modified-Since": "n’importe quoi".encode().decode("latin-1")}).status_code == 200
    )


def test_a_304_generates_nothing(browser, council, path, monkeypatch) -> None:
    make.meeting(council)
    etag = browser.get(path).headers["ETag"]
    monkeypatch.setattr("elus.calendars.ical.feed", lambda *_: pytest.fail("generated"))
    assert browser.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_an_unknown_address_is_a_404_in_plain_text(browser, app) -> None:
    for token in ("x", "A" * 32, "é", "%00", "A" * 3000):
        response = browser.get(f"/agenda/{token}.ics")
        assert response.status_code == 404
        assert response.mimetype == "text/plain"
        assert b"<" not in response.data


def test_a_revoked_address_is_gone_in_plain_text(browser, member, path) -> None:
    with transaction():
        actions.revoke(member.id, clock.now())
    response = browser.get(path)
    assert (response.status_code, response.mimetype) == (410, "text/plain")


def test_a_new_address_ends_the_old_one(browser, member, path) -> None:
    newer = subscribe(member)
    assert newer != path
    assert browser.get(path).status_code == 410
    assert browser.get(newer).status_code == 200


def test_the_secret_is_long_and_never_stored_in_clear(member, path) -> None:
    token = path.removeprefix("/agenda/").removesuffix(".ics")
    feed = db.session.scalars(select(Feed)).one()
    assert len(token) >= 32
    assert token not in feed.token_hash
    assert token.encode() not in feed.token
    assert queries.token_of(feed) == token


def test_it_shows_what_is_announced_or_convened_and_no_draft(browser, council, path) -> None:
    at = clock.now()
    make.meeting(council, published=False, announced=False)
    announced = make.meeting(council, published=False)
    make.meeting(council, day=clock.local_day(at + timedelta(days=30)))
    later = make.meeting(council, published=False, announced=False)
    change(later, announced_at=at + timedelta(minutes=1), published_at=at + timedelta(minutes=1))
    events = icalendar.Calendar.from_ical(browser.get(path).data).walk("VEVENT")
    assert [str(event["STATUS"]) for event in events] == ["TENTATIVE", "CONFIRMED"]
    assert str(events[0]["UID"]).startswith(f"seance-{announced.id}")


def test_a_draft_stays_hidden_from_a_member_who_is_also_of_the_secretariat(browser, council, member, path) -> None:
    make.member(council, member, role=Role.SECRETARY)
    make.meeting(council, published=False, announced=False)
    assert titles(browser.get(path)) == []


def test_it_shows_only_the_assemblies_one_sits_in(browser, council, path) -> None:
    make.meeting(make.organization("Conseil municipal"))
    assert titles(browser.get(path)) == []


def test_items_and_names_never_enter_a_calendar(browser, council, path) -> None:
    meeting = make.meeting(council, titles=["Recrutement de Mme Untel", "Tarifs"])
    with transaction():
        for item in db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)):
            item.visibility = Visibility.RESTRICTED
    assert b"Untel" not in browser.get(path).data
    assert b"Tarifs" not in browser.get(path).data


def test_two_months_of_past_and_all_the_future(browser, council, path) -> None:
    today = clock.local_day(clock.now())
    for days in (-75, -50, 10, 900):
        make.meeting(council, day=today + timedelta(days=days))
    assert len(titles(browser.get(path))) == 3


def test_a_cancelled_meeting_stays_thirty_days_after_its_date(browser, council, path) -> None:
    at = clock.now()
    for days in (-45, -20, 10):
        change(
            make.meeting(council, day=clock.local_day(at) + timedelta(days=days)), cancelled_at=at - timedelta(days=60)
        )
    shown = titles(browser.get(path))
    assert len(shown) == 2
    assert all(title.startswith("ANNULÉ – ") for title in shown)


def test_a_change_moves_etag_last_modified_stamp_and_sequence(browser, council, path) -> None:
    meeting = make.meeting(council)
    before = browser.get(path)
    change(meeting, place="Mairie", sequence=meeting.sequence + 1, changed_at=clock.now())
    after = browser.get(path)
    assert before.headers["ETag"] != after.headers["ETag"]
    old, new = (icalendar.Calendar.from_ical(one.data).walk("VEVENT")[0] for one in (before, after))
    assert new["SEQUENCE"] == old["SEQUENCE"] + 1
    assert new["DTSTAMP"].dt > old["DTSTAMP"].dt
    assert new["LAST-MODIFIED"].dt > old["LAST-MODIFIED"].dt
    assert new["UID"] == old["UID"]
    since = before.headers["Last-Modified"]
    assert parsedate_to_datetime(after.headers["Last-Modified"]) > parsedate_to_datetime(since)
    assert browser.get(path, headers={"If-Modified-Since": since}).status_code == 200


def test_a_meeting_that_leaves_is_fetched_again(browser, council, member, path) -> None:
    make.meeting(council)
    before = browser.get(path)
    with transaction():
        seat = db.session.scalars(select(Membership).where(Membership.person_id == member.id)).one()
        seat.ends_on = clock.local_day(clock.now()) - timedelta(days=30)
    after = browser.get(path, headers={"If-Modified-Since": before.headers["Last-Modified"]})
    assert after.status_code == 200
    assert titles(after) == []
    assert after.headers["Last-Modified"] != before.headers["Last-Modified"]


def test_the_convocation_that_leaves_moves_the_stamp_though_no_row_changes(app, council) -> None:
    meeting = make.meeting(council, published=False)
    at = clock.now()
    change(meeting, changed_at=at, published_at=at + timedelta(seconds=60))
    from elus.calendars import events
    from elus.calendars.addresses import portal

    shown = db.session.scalars(select(Meeting)).one()
    seen = (events.Entry.of(shown, at + timedelta(seconds=seconds)) for seconds in (1, 61))
    before, after = (events.facts(entry, portal(), str) for entry in seen)
    assert (before.status, after.status) == ("TENTATIVE", "CONFIRMED")
    assert after.changed_at > before.changed_at


def test_the_visit_is_noted_at_most_every_five_minutes(browser, council, path) -> None:
    browser.get(path, headers={"User-Agent": CLIENT + "\x01\u202e"})
    feed = db.session.scalars(select(Feed)).one()
    first = feed.fetched_at
    assert (feed.client, first is not None) == (CLIENT, True)
    browser.get(path, headers={"User-Agent": "autre"})
    db.session.expire_all()
    assert feed.fetched_at == first
    with transaction():
        db.session.get(Feed, feed.id).fetched_at = first - timedelta(minutes=6)
    browser.get(path, headers={"User-Agent": "autre"})
    db.session.expire_all()
    assert feed.client == "autre"


def test_a_database_that_refuses_to_write_does_not_stop_the_feed(browser, council, path, monkeypatch) -> None:
    meeting = make.meeting(council)

    def full(*_args, **_facts) -> None:
        raise OperationalError("UPDATE feed", {}, Exception("database or disk is full"))

    monkeypatch.setattr("elus.calendars.actions.note_fetch", full)
    response = browser.get(path)
    assert response.status_code == 200
    assert titles(response) == [meeting.title]


def test_queries_do_not_grow_with_meetings(browser, council, path, queries: Callable) -> None:
    def count() -> int:
        browser.get(path)
        with queries() as seen:
            assert browser.get(path).status_code == 200
        return seen.count

    today = clock.local_day(clock.now())
    make.meeting(council)
    few = count()
    for days in range(10):
        make.meeting(council, day=today + timedelta(days=20 + days))
    assert count() == few <= 2


def test_the_organizer_is_a_mailbox_that_is_read(browser, council, path) -> None:
    make.meeting(council)
    organizer = icalendar.Calendar.from_ical(browser.get(path).data).walk("VEVENT")[0]["ORGANIZER"]
    assert str(organizer) == "mailto:assemblees@elus.test"


def test_the_calendar_takes_the_zone_of_an_overseas_body(browser, app) -> None:
    far = make.organization(of=make.body("Ville de Fictive-sur-Mer", "commune_ge_3500", zone="Indian/Reunion"))
    path = subscribe(make.member(far))
    meeting = make.meeting(far)
    change(meeting, starts_at=datetime(2027, 7, 1, 14, 0, tzinfo=UTC))
    assert b"DTSTART;TZID=Indian/Reunion:20270701T180000" in browser.get(path).data


def test_last_modified_always_moves_by_a_whole_second() -> None:
    at = datetime(2026, 10, 5, 14, 0, 0, 900, tzinfo=UTC)
    feed = Feed(etag="ancien", changed_at=at.replace(microsecond=0))
    assert actions.last_modified(feed, at=at, etag="nouveau") == at.replace(microsecond=0) + timedelta(seconds=1)
    assert actions.last_modified(feed, at=at, etag="ancien") == feed.changed_at


def test_a_suspended_account_has_no_calendar_until_it_is_resumed(browser, council, member, path) -> None:
    make.meeting(council)
    user_id = make.account(member).id
    for suspended_at, answer in ((clock.now(), 404), (None, 200)):
        with transaction():
            db.session.get_one(User, user_id).suspended_at = suspended_at
        assert browser.get(path).status_code == answer
