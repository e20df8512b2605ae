"""The journal as administrators and secretariats read it."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.identity.models import Session, User
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.organizations.models import Organization, Person, Role
from tests import factories as make
from tests.conftest import AT, Browser

SignIn = Callable[..., Browser]


def lines(browser: Browser, url: str = "/journal") -> list[str]:
    """The sentences of a page, without no-break spaces."""
    page = browser.get(url).text
    cells = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td>", page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", told).split()) for _, told in cells]


def note(action: Any, subject: str, at: datetime = AT, by: Person | None = None, **detail: Any) -> None:
    user_id = make.account(by).id if by else None
    with transaction():
        journal.write(action, subject, at=at, by=user_id, **detail)


def about(person: Person) -> str:
    return f"user:{make.account(person).id}"


@pytest.fixture
def council(app: Flask) -> Organization:
    return make.organization()


def test_a_line_says_who_did_what_of_which_meeting_when_and_from_which_device(
    council: Organization, sign_in: SignIn
) -> None:
    agent = make.secretary(council)
    meeting = make.meeting(council)
    told = f"{agent.formal_name} a publié la convocation du conseil communautaire du {meeting.day.day} "
    at = datetime.fromisoformat("2026-10-08T14:12:08+00:00")
    note("convocation_published", f"meeting:{meeting.id}", at, agent, recipients=44, client="Safari, iPad")
    browser = sign_in(make.administrator())
    page = browser.get("/journal").text.replace("\u00a0", " ")
    assert "8 octobre 2026, 16 h 12 min 08 s" in page
    assert "Safari, iPad" in page
    assert lines(browser)[0].startswith(told)
    assert lines(browser)[0].endswith("(44 destinataires).")


def test_an_alarm_is_marked_by_a_word(app: Flask, sign_in: SignIn) -> None:
    note("mail_down", "mail")
    assert lines(sign_in(make.administrator())) == [
        "✕ Alarme Le portail a constaté que la messagerie ne répondait plus ; les courriels attendaient."
    ]


def test_somebody_whose_account_is_gone_and_a_meeting_that_is_gone_have_neutral_words(
    app: Flask, sign_in: SignIn
) -> None:
    with transaction():
        journal.write("invited", f"user:{uuid.uuid4()}", at=AT, by=uuid.uuid4())
        journal.write("meeting_created", f"meeting:{uuid.uuid4()}", at=AT - timedelta(minutes=1), by=uuid.uuid4())
    assert lines(sign_in(make.administrator())) == [
        "Une personne dont le compte n’existe plus a envoyé une invitation à une personne dont le compte n’existe plus.",
        "Une personne dont le compte n’existe plus a créé une réunion qui n’existe plus.",
    ]


def test_a_member_is_not_told_the_journal_exists(council: Organization, sign_in: SignIn) -> None:
    browser = sign_in(make.member(council))
    assert browser.get("/journal").status_code == 404
    assert browser.get("/journal.csv").status_code == 404


def test_a_secretariat_reads_the_lines_of_the_meetings_and_people_it_manages_and_no_other(
    council: Organization, sign_in: SignIn
) -> None:
    neighbour = make.organization("Conseil municipal")
    agent, mine, theirs = make.secretary(council), make.member(council), make.member(neighbour)
    note("meeting_created", f"meeting:{make.meeting(council).id}", by=agent)
    note("meeting_created", f"meeting:{make.meeting(neighbour).id}", by=make.secretary(neighbour))
    note("invited", about(mine), by=agent)
    note("invited", about(theirs))
    note("mail_down", "mail")
    found = lines(sign_in(agent))
    assert len(found) == 2
    assert sum("Conseil municipal" in line or theirs.last_name in line for line in found) == 0
    assert len(lines(sign_in(make.administrator()))) == 5


def test_a_secretariat_does_not_follow_when_people_come_and_go(council: Organization, sign_in: SignIn) -> None:
    agent, elected = make.secretary(council), make.member(council)
    note("session_started", about(elected), by=elected, factor="totp")
    note("session_started", about(agent), by=agent, factor="passkey")
    found = lines(sign_in(agent))
    assert len(found) == 1
    assert found[0].startswith(agent.formal_name), "one's own only"


def test_a_secretariat_of_yesterday_reads_nothing_more(council: Organization, sign_in: SignIn) -> None:
    former = make.member(council, role=Role.SECRETARY, ends_on=clock.local_day(clock.now()) - timedelta(days=1))
    assert sign_in(former).get("/journal").status_code == 404


def test_one_looks_for_a_person_an_action_a_meeting_and_dates(council: Organization, sign_in: SignIn) -> None:
    agent, elected = make.secretary(council), make.member(council)
    meeting, other = make.meeting(council), make.meeting(council)
    note("meeting_created", f"meeting:{meeting.id}", AT, agent)
    note("meeting_created", f"meeting:{other.id}", AT - timedelta(days=3), agent)
    note("invited", about(elected), AT - timedelta(days=1))
    browser = sign_in(make.administrator())
    assert len(lines(browser, f"/journal?nom={agent.last_name}")) == 2
    assert len(lines(browser, f"/journal?nom={elected.last_name}")) == 1
    assert len(lines(browser, "/journal?quoi=comptes")) == 1
    assert len(lines(browser, f"/journal?reunion={meeting.id}")) == 1
    assert len(lines(browser, f"/journal?seance={meeting.day}")) == len(
        [day for day in (meeting.day, other.day) if day == meeting.day]
    )
    assert len(lines(browser, "/journal?du=2026-10-04&au=2026-10-04")) == 1
    assert len(lines(browser, "/journal?du=2026-10-05")) == 1
    assert len(lines(browser, "/journal?du=hier&quoi=x&reunion=y&avant=z~t&apres=2026~2")) == 3
    assert "Aucune action pour ces filtres." in browser.get("/journal?nom=personne-de-ce-nom").text


def test_the_name_of_a_meeting_one_does_not_manage_is_not_told(council: Organization, sign_in: SignIn) -> None:
    neighbour = make.organization("Conseil invisible")
    meeting = make.meeting(neighbour)
    assert "invisible" not in sign_in(make.secretary(council)).get(f"/journal?reunion={meeting.id}").text


def test_pages_follow_each_other_without_losing_or_repeating_a_line(app: Flask, sign_in: SignIn) -> None:
    with transaction():
        for number in range(120):
            journal.write("scrubbed", "storage", at=AT + timedelta(seconds=number // 3), read=number, wrong=0)
    browser = sign_in(make.administrator())

    def link(page: str, word: str) -> str | None:
        found = re.search(rf'<a href="([^"]+)"[^>]*>[^<]*{word}', page)
        return found[1].replace("&amp;", "&") if found else None

    seen, url, pages = [], "/journal", []
    while url:
        pages.append(url)
        seen += lines(browser, url)
        url = link(browser.get(url).text, "anciennes")  # type: ignore[assignment]
    assert len(seen) == len(set(seen)) == 120
    assert len(pages) == 3
    back = link(browser.get(pages[2]).text, "récentes")
    assert back
    assert lines(browser, back) == lines(browser, pages[1])
    first = link(browser.get(back).text, "récentes")
    assert first
    assert lines(browser, first) == lines(browser, pages[0])
    assert link(browser.get(first).text, "récentes") is None


def test_a_page_costs_the_same_statements_for_five_lines_and_for_fifty(
    council: Organization, sign_in: SignIn, queries: Callable[[], Any]
) -> None:
    browsers = [sign_in(make.administrator()), sign_in(make.secretary(council))]

    def fill() -> None:
        for _ in range(5):
            member, meeting = make.member(council), make.meeting(council)
            note("invited", about(member), by=member)
            note("paper_handed", f"meeting:{meeting.id}", by=member, person=str(member.id))
            note("letters_printed", f"organization:{council.id}", by=member)

    def cost() -> list[int]:
        found = []
        for browser in browsers:
            browser.get("/journal")
            with queries() as counted:
                browser.get("/journal")
            found.append(counted.count)
        return found

    fill()
    before = cost()
    for _ in range(4):
        fill()
    assert cost() == before
    assert max(before) <= 6


def test_the_administration_shows_its_alarms_and_leads_to_the_journal(app: Flask, sign_in: SignIn) -> None:
    note("mail_down", "mail")
    browser = sign_in(make.administrator())
    page = browser.get("/administration").text
    assert "la messagerie ne répondait plus" in page
    assert 'href="/journal"' in page
    alarm = re.search(r"/administration/alarmes/([0-9a-f-]+)/vue", page)
    assert alarm
    browser.submit(alarm[0], page="/administration")
    assert "Aucune alarme en attente." in browser.get("/administration").text
    assert lines(browser)[0].endswith("a noté comme traitée une alarme : la messagerie en panne.")


def test_the_page_says_so_when_the_database_no_longer_refuses(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(make.administrator())
    assert "n’est plus protégé" not in browser.get("/journal").text
    sqlite = db.engine.dialect.name == "sqlite"
    name = "journal_entry_no_update" if sqlite else "journal_entry_append_only"
    writing = db.engine.execution_options(writes=True)
    db.session.rollback()
    with writing.begin() as connection:
        undo = (
            connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'").scalar()
            if sqlite
            else None
        )
        connection.exec_driver_sql(
            f"DROP TRIGGER {name}" if sqlite else f"ALTER TABLE journal_entry DISABLE TRIGGER {name}"
        )
    try:
        assert "n’est plus protégé" in browser.get("/journal").text
    finally:
        db.session.rollback()
        with writing.begin() as connection:
            connection.exec_driver_sql(undo or f"ALTER TABLE journal_entry ENABLE TRIGGER {name}")


def test_the_device_and_the_session_are_written_with_each_act(council: Organization, sign_in: SignIn) -> None:
    agent, newcomer = make.secretary(council), make.person()
    make.member(council, newcomer)
    with transaction():
        db.session.get_one(User, make.account(newcomer).id).activated_at = None
    browser = sign_in(agent)
    said = browser.submit(f"/secretariat/personnes/{newcomer.id}/invitation", page="/secretariat/personnes")
    assert said.status_code == 303, said.text
    db.session.rollback()
    entry = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "invited")).one()
    session = db.session.scalars(select(Session).where(Session.user_id == entry.user_id)).one()
    assert (entry.client, entry.session_id) == (session.client, session.id)
    assert entry.client
