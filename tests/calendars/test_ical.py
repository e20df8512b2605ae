"""The bytes of calendars, and what real readers make of them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as some

from elus.calendars import ical
from elus.calendars.ical import Heading, MeetingFacts, Status
from elus.calendars.ical.zones import VTIMEZONES

HEADING = Heading("Mes séances – Ville de Fictive", "Vos réunions. Calendrier personnel.")
MEETING = MeetingFacts(
    uid="seance-7c0c3b9e-0000-4000-8000-000000000001@elus.exemple.fr",
    summary="Conseil communautaire",
    place="Salle des fêtes, 2 rue de la Citadelle, 79200 Parthenay",
    url="https://elus.exemple.fr/reunions/7c0c3b9e-0000-4000-8000-000000000001",
    notes=("Conseil communautaire – Fictive", "L’heure de fin est une estimation."),
    category="Conseil communautaire",
    starts_at=datetime(2026, 12, 14, 17, 30, tzinfo=UTC),
    ends_at=datetime(2026, 12, 14, 20, 0, tzinfo=UTC),
    zone="Europe/Paris",
    status=Status.CONFIRMED,
    public=True,
    sequence=2,
    created_at=datetime(2026, 11, 1, 9, 0, 0, 123, tzinfo=UTC),
    changed_at=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
    organizer_name="Service des assemblées",
    organizer_email="assemblees@exemple.fr",
)


def lines(body: bytes) -> list[str]:
    """Unfolded content lines (RFC 5545 §3.1)."""
    return body.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def event(body: bytes) -> icalendar.Event:
    return icalendar.Calendar.from_ical(body).walk("VEVENT")[0]


@pytest.mark.parametrize("body", [ical.feed(HEADING, (MEETING,)), ical.feed(HEADING, ()), ical.single(MEETING)])
def test_lines_end_folded_and_clean(body: bytes) -> None:
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert not body.startswith(b"\xef\xbb\xbf")
    assert b"\r\n\r\n" not in body
    assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", body)


def test_the_head_of_the_feed_is_as_calendars_expect_it() -> None:
    assert lines(ical.feed(HEADING, (MEETING,)))[:14] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Elus//Portail Elus//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "NAME:Mes séances – Ville de Fictive",
        "X-WR-CALNAME:Mes séances – Ville de Fictive",
        "DESCRIPTION:Vos réunions. Calendrier personnel.",
        "X-WR-CALDESC:Vos réunions. Calendrier personnel.",
        "X-WR-TIMEZONE:Europe/Paris",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "COLOR:darkgreen",
        "BEGIN:VTIMEZONE",
    ]


def test_the_event_is_told_in_full() -> None:
    body = lines(ical.feed(HEADING, (MEETING,)))
    told = body[body.index("BEGIN:VEVENT") : body.index("END:VEVENT") + 1]
    assert told == [
        "BEGIN:VEVENT",
        f"UID:{MEETING.uid}",
        "DTSTAMP:20261201T090000Z",
        "CREATED:20261101T090000Z",
        "LAST-MODIFIED:20261201T090000Z",
        "SEQUENCE:2",
        "DTSTART;TZID=Europe/Paris:20261214T183000",
        "DTEND;TZID=Europe/Paris:20261214T210000",
        "SUMMARY:Conseil communautaire",
        f"DESCRIPTION:{MEETING.url}\\nConseil communautaire – Fictive\\nL’heure de fin est une estimation.",
        "LOCATION:Salle des fêtes\\, 2 rue de la Citadelle\\, 79200 Parthenay",
        f"URL:{MEETING.url}",
        "STATUS:CONFIRMED",
        "CLASS:PUBLIC",
        "TRANSP:OPAQUE",
        "CATEGORIES:Conseil communautaire",
        'ORGANIZER;CN="Service des assemblées":mailto:assemblees@exemple.fr',
        "END:VEVENT",
    ]


def test_the_zone_is_two_rules_and_nothing_else() -> None:
    body = lines(ical.feed(HEADING, ()))
    zone = body[body.index("BEGIN:VTIMEZONE") : body.index("END:VTIMEZONE") + 1]
    assert zone == VTIMEZONES["Europe/Paris"].removesuffix("\r\n").split("\r\n")
    assert not [line for line in zone if line.startswith(("RDATE", "X-LIC"))]


def test_what_harms_readers_is_never_written() -> None:
    for body in (ical.feed(HEADING, (MEETING,)), ical.single(MEETING)):
        text = body.decode()
        head = text.partition("BEGIN:VTIMEZONE")[0]
        assert "UID" not in head
        for name in ("ATTENDEE", "ATTACH", "SOURCE", "X-ALT-DESC", "X-LIC-LOCATION", "RDATE", "PARTICIPANT", "LINK"):
            assert f"\r\n{name}" not in text, name
        assert text.count("\r\nORGANIZER") == 1
    assert "VALARM" not in ical.feed(HEADING, (MEETING,)).decode()


def test_the_single_file_reminds_on_the_eve_and_opens_no_new_calendar() -> None:
    body = lines(ical.single(MEETING))
    assert [line for line in body if line.startswith(("BEGIN:VALARM", "ACTION", "TRIGGER"))] == [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-P1D",
    ]
    assert not [line for line in body if line.startswith(("X-WR", "X-PUB", "REFRESH", "NAME"))]
    assert "METHOD:PUBLISH" in body
    assert "VALARM" not in ical.single(replace(MEETING, status=Status.CANCELLED)).decode()


def test_the_single_file_and_the_feed_tell_the_same_event() -> None:
    fed, alone = lines(ical.feed(HEADING, (MEETING,))), lines(ical.single(MEETING))
    start, end = fed.index("BEGIN:VEVENT"), fed.index("END:VEVENT")
    assert alone[alone.index("BEGIN:VEVENT") :][: end - start] == fed[start:end]


def test_a_cancelled_meeting_stays_marked_and_frees_the_time() -> None:
    told = event(ical.feed(HEADING, (replace(MEETING, status=Status.CANCELLED),)))
    assert (told["SUMMARY"], told["STATUS"], told["TRANSP"]) == (
        "ANNULÉ – Conseil communautaire",
        "CANCELLED",
        "TRANSPARENT",
    )


def test_names_without_the_signs_readers_disagree_on() -> None:
    body = lines(ical.feed(Heading("Mes séances; Ville, \\ de\r\nX", "a,b;c"), ()))
    assert "X-WR-CALNAME:Mes séances Ville de X" in body
    assert "NAME:Mes séances Ville de X" in body
    assert "X-WR-CALDESC:a b c" in body


def test_an_organizer_with_quotes_is_written_without_them() -> None:
    body = ical.feed(HEADING, (replace(MEETING, organizer_name='Mairie "Centre", service'),)).decode()
    assert 'CN="Mairie Centre, service":mailto:' in body.replace("\r\n ", "")
    assert "^'" not in body


@pytest.mark.parametrize(
    ("starts_at", "hour"),
    [
        (datetime(2026, 7, 6, 16, 30, tzinfo=UTC), "183000"),
        (datetime(2026, 12, 14, 17, 30, tzinfo=UTC), "183000"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "033000"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "030000"),
        (datetime(2045, 7, 6, 16, 30, tzinfo=UTC), "183000"),
    ],
)
def test_summer_and_winter_hours_are_right_for_readers(starts_at: datetime, hour: str) -> None:
    meeting = replace(MEETING, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    body = ical.feed(HEADING, (meeting,))
    assert f"DTSTART;TZID=Europe/Paris:{starts_at.astimezone(ZoneInfo('Europe/Paris')):%Y%m%d}T{hour}" in lines(body)
    assert event(body).start == starts_at
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(body)).at(starts_at.date())
    assert [one.start for one in found] == [starts_at]


def test_the_embedded_rules_agree_with_the_zone_all_through_the_century() -> None:
    paris = ZoneInfo("Europe/Paris")
    zone = icalendar.Timezone.from_ical(VTIMEZONES["Europe/Paris"]).to_tz()
    for year in range(2026, 2100, 7):
        for month, day in ((1, 1), (3, 24), (4, 1), (7, 14), (10, 24), (11, 1), (12, 31)):
            at = datetime(year, month, day, 12, 0)  # noqa: DTZ001 — a wall clock, read in both zones
            assert at.replace(tzinfo=zone).utcoffset() == at.replace(tzinfo=paris).utcoffset()


@pytest.mark.parametrize("name", sorted(set(VTIMEZONES) - {"Europe/Paris"}))
def test_overseas_zones_say_the_offset_of_the_place(name: str) -> None:
    zone = icalendar.Timezone.from_ical(VTIMEZONES[name]).to_tz()
    for month in (1, 4, 7, 12):
        at = datetime(2027, month, 20, 12, 0)  # noqa: DTZ001 — a wall clock, read in both zones
        assert at.replace(tzinfo=zone).utcoffset() == at.replace(tzinfo=ZoneInfo(name)).utcoffset()
    body = lines(ical.feed(replace(HEADING, zone=name), (replace(MEETING, zone=name),)))
    assert f"X-WR-TIMEZONE:{name}" in body
    assert body.count("BEGIN:VTIMEZONE") == 1


def test_two_places_have_two_zones_and_an_unknown_one_is_told_in_the_legal_hour() -> None:
    far = replace(MEETING, uid="seance-2@x", zone="Indian/Reunion")
    assert lines(ical.feed(HEADING, (MEETING, far))).count("BEGIN:VTIMEZONE") == 2
    unknown = ical.feed(HEADING, (replace(MEETING, zone="Antarctica/DumontDUrville"),))
    assert "DTSTART;TZID=Europe/Paris:20261214T183000" in lines(unknown)


def test_the_same_facts_give_the_same_bytes_and_the_same_fingerprint() -> None:
    first = ical.feed(HEADING, (MEETING,))
    assert ical.feed(HEADING, (MEETING,)) == first
    assert ical.fingerprint(HEADING, (MEETING,)) == ical.fingerprint(replace(HEADING), (replace(MEETING),))
    for changed in (replace(MEETING, place="ailleurs"), replace(MEETING, sequence=3)):
        assert ical.fingerprint(HEADING, (changed,)) != ical.fingerprint(HEADING, (MEETING,))


@given(summary=some.text(max_size=200), place=some.text(max_size=200), note=some.text(max_size=300), name=some.text())
def test_any_text_makes_a_calendar_readers_accept(summary: str, place: str, note: str, name: str) -> None:
    facts = replace(MEETING, summary=summary, place=place, notes=(note,), organizer_name=name)
    body = ical.feed(Heading(name, note), (facts,))
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", body)
    assert all(len(line) <= 75 and line for line in body.removesuffix(b"\r\n").split(b"\r\n"))
    told = event(body)
    assert told["UID"] == MEETING.uid
    assert "\n" not in told["SUMMARY"]
    assert str(told["DESCRIPTION"]).startswith(MEETING.url)
    assert body.count(b"BEGIN:VEVENT") == body.count(b"\r\nBEGIN:VEVENT") == 1
