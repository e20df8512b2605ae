"""The secretary's journey over HTTP: check, publish, receipt, follow, remind, hand over, change, cancel."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from elus.convocations.actions.issuing import message_hash
from elus.convocations.models import Recipient, Version, VersionKind
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.outbox import Letter, LetterState
from elus.meetings.models import Meeting
from elus.register.models import Event
from tests import factories as make
from tests.convocations.cast import LATER, Council, held, run

SECRETARIAT = ("controler", "publier", "publier/apercu.pdf", "suivi", "suivi.csv", "relancer", "modifier", "annuler")


def _url(council: Council, name: str) -> str:
    return f"/secretariat/reunions/{council.meeting_id}/{name}"


def _elements(html: str) -> int:
    class Counter(HTMLParser):
        count = 0

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.count += 1

    counter = Counter()
    counter.feed(html)
    return counter.count


@pytest.mark.parametrize("name", [*SECRETARIAT, "convocations-papier.pdf"])
def test_only_the_secretariat_passes(app: Flask, sign_in: Callable[..., Any], name: str) -> None:
    council = Council()
    council.sent()
    assert sign_in(council.members[0]).get(_url(council, name)).status_code == 404
    assert sign_in(make.administrator()).get(_url(council, name)).status_code == 404


def test_the_check_says_what_blocks_and_keeps_the_publication_closed(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council(papers=0, titles=())
    page = sign_in(council.secretary).get(_url(council, "controler")).text
    assert "1\u00a0point bloquant" in page
    assert "L’ordre du jour est vide" in page
    assert "Passer à la publication" not in page


def test_the_check_of_a_good_draft_leads_to_publishing(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    page = sign_in(council.secretary).get(_url(council, "controler")).text
    assert "Passer à la publication" in page
    assert "jours comptent" in page
    assert _elements(page) <= 280


def test_publishing_leads_to_a_receipt_that_can_take_it_back(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    browser = sign_in(council.secretary)
    page = browser.get(_url(council, "publier")).text
    assert "Publier et convoquer 5 élus" in page
    assert "Ce que chacun reçoit" in page
    order = council.order()
    answer = browser.submit(_url(council, "publier"), {"revision": order.revision, "author": order.author_id})
    assert answer.status_code == 303
    receipt = browser.follow(answer).text
    assert "Rien n’est encore parti" in receipt
    assert held(council.meeting_id)[0].fingerprint in receipt
    taken = browser.submit(_url(council, "annuler-envoi"), page=_url(council, "publier"))
    assert taken.headers["Location"].endswith("/preparer")
    db.session.rollback()
    assert db.session.get_one(Meeting, council.meeting_id).published_at is None


def test_a_second_press_leads_to_the_receipt_and_makes_nothing(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    browser = sign_in(council.secretary)
    order = council.order()
    data = {
        "revision": order.revision,
        "author": order.author_id,
        "csrf_token": browser.token(_url(council, "publier")),
    }
    first, second = (browser.open(_url(council, "publier"), method="POST", data=data) for _ in range(2))
    assert (first.status_code, second.status_code) in {(303, 303), (303, 200)}
    db.session.rollback()
    assert db.session.scalar(select(func.count(Version.id))) == 1


def test_late_asks_for_a_reason_and_keeps_what_was_typed(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council(days=3)
    browser = sign_in(council.secretary)
    order = council.order()
    data = {"revision": order.revision, "author": order.author_id}
    declined = browser.submit(_url(council, "publier"), data)
    assert declined.status_code == 409
    assert "Écrivez le motif" in declined.text
    empty = browser.submit(_url(council, "publier"), {**data, "urgent": "y"})
    assert empty.status_code == 422
    assert browser.submit(_url(council, "publier"), {**data, "reason": "Dossier tardif."}).status_code == 303


def test_two_agents_at_once_are_told(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    browser = sign_in(council.secretary)
    declined = browser.submit(_url(council, "publier"), {"revision": 0, "author": council.order().author_id})
    assert declined.status_code == 409
    assert "Une autre personne a changé cette réunion" in declined.text


def test_the_preview_is_the_real_document(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    answer = sign_in(council.secretary).get(_url(council, "publier/apercu.pdf"))
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_tracking_says_what_is_known_and_no_more(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    council.on_paper()
    council.sent()
    page = sign_in(council.secretary).get(_url(council, "suivi")).text
    assert "Délai respecté : 13 jours pour 5" in page.replace("\u00a0", " ")
    assert "Écrite dans outbox" in page
    assert "Acceptée" not in page
    assert "À imprimer et remettre" in page
    assert "5 / 5" in page
    assert "ne sont pas encore envoyées" in page


def test_a_page_of_fifty_rows_stays_light_and_costs_the_same(
    app: Flask, sign_in: Callable[..., Any], queries: Callable[[], Any]
) -> None:
    def cost(members: int) -> tuple[int, str]:
        council = Council(members)
        council.sent()
        browser = sign_in(council.secretary)
        with queries() as counted:
            page = browser.get(_url(council, "suivi")).text
        return counted.count, page

    small, _ = cost(5)
    large, page = cost(55)
    assert small == large <= 11
    assert "page 1 sur 2" in page
    assert _elements(page) <= 600


def test_the_check_costs_the_same_for_ten_times_more(
    app: Flask, sign_in: Callable[..., Any], queries: Callable[[], Any]
) -> None:
    def cost(members: int, papers: int) -> int:
        council = Council(members, papers=papers)
        browser = sign_in(council.secretary)
        with queries() as counted:
            browser.get(_url(council, "controler"))
        return int(counted.count)

    assert cost(3, 2) == cost(30, 20)


def test_only_those_who_have_not_opened_are_reminded_once_a_day(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    council.sent()
    run(council.at + LATER)
    with transaction():
        db.session.get_one(Meeting, council.meeting_id).published_at = clock.now() - timedelta(minutes=5)
        for version in db.session.scalars(select(Version)):
            version.leaves_at = clock.now() - timedelta(minutes=5)
    reader = sign_in(council.members[0])
    reader.submit(f"/reunions/{council.meeting_id}/ouverture", page="/compte")
    browser = sign_in(council.secretary)
    page = browser.get(_url(council, "relancer")).text
    assert "4\u00a0personnes n’ont pas ouvert" in page
    assert browser.submit(_url(council, "relancer")).status_code == 303
    db.session.rollback()
    reminders = db.session.scalars(select(Letter).where(Letter.purpose == "convocation_reminder")).all()
    assert len(reminders) == 4
    assert council.members[0].id not in {letter.person_id for letter in reminders}
    assert browser.submit(_url(council, "relancer")).status_code == 409
    assert browser.submit(_url(council, "relancer"), {"again": "y"}).status_code == 303


def test_paper_is_printed_then_its_handing_over_recorded(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    paper = council.on_paper()
    council.sent()
    with transaction():
        for version in db.session.scalars(select(Version)):
            version.leaves_at = clock.now() - timedelta(minutes=1)
    browser = sign_in(council.secretary)
    assert browser.get(_url(council, "convocations-papier.pdf")).data.startswith(b"%PDF")
    row = db.session.scalars(select(Recipient).where(Recipient.person_id == paper.id)).one()
    url = _url(council, f"suivi/{row.id}/remise")
    today = clock.local_day(clock.now())
    assert browser.submit(url, {"on": (today + timedelta(days=1)).isoformat(), "reference": "x"}).status_code == 409
    assert browser.submit(url, {"on": today.isoformat(), "reference": ""}).status_code == 422
    assert browser.submit(url, {"on": today.isoformat(), "reference": "En main propre"}).status_code == 303
    db.session.rollback()
    assert (row.handed_on, row.handed_note) == (today, "En main propre")
    event = db.session.scalars(select(Event).where(Event.type == "paper_handed")).one()
    assert "En main propre" not in event.line


def test_a_recipient_of_another_secretariat_is_hidden(app: Flask, sign_in: Callable[..., Any]) -> None:
    council, other = Council(), Council()
    version = council.sent()
    row = db.session.scalars(select(Recipient.id).where(Recipient.version_id == version.id)).first()
    browser = sign_in(other.secretary)
    assert browser.get(f"/secretariat/reunions/{other.meeting_id}/suivi/{row}/remise").status_code == 404
    assert browser.get(_url(council, f"suivi/{row}/remise")).status_code == 404
    assert browser.get(f"/secretariat/reunions/{uuid.uuid4()}/suivi").status_code == 404


def test_the_export_opens_in_a_spreadsheet_without_running_anything(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    with transaction():
        who = db.session.merge(council.members[0])
        who.civility, who.first_name, who.last_name = '=HYPERLINK("http://mal.invalid")', "+1", "@x"
    council.sent()
    answer = sign_in(council.secretary).get(_url(council, "suivi.csv"))
    text = answer.data.decode("utf-8")
    assert text.startswith("\ufeffPersonne;")
    assert "'=HYPERLINK" in text
    assert not re.search(r'(^|;)"?[=+@-]', text, re.M)
    assert "Écrite dans outbox" in text
    assert text.count("\r\n") == 6


def test_another_place_is_told_by_one_mail_and_a_new_version(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = _left()
    browser = sign_in(council.secretary)
    order = council.order()
    meeting = db.session.get_one(Meeting, council.meeting_id)
    data = {
        "revision": order.revision,
        "author": order.author_id,
        "day": meeting.day.isoformat(),
        "hour": "17:30",
        "place": "Mairie de Thénezay",
    }
    assert browser.submit(_url(council, "modifier"), data).status_code == 303
    versions = held(council.meeting_id)
    assert [version.kind for version in versions] == [VersionKind.CONVOCATION, VersionKind.MEETING_CHANGED]
    assert db.session.get_one(Meeting, council.meeting_id).sequence == 2
    run(clock.now() + timedelta(seconds=5))
    told = db.session.scalars(select(Letter).where(Letter.purpose == "convocation_moved")).all()
    assert len(told) == 5
    assert {letter.state for letter in told} == {LetterState.WRITTEN}
    assert "Mairie de Thénezay" in told[0].text
    assert db.session.scalars(select(Event.type).where(Event.type == "superseded")).all() == ["superseded"]
    assert browser.submit(_url(council, "modifier"), {**data, "revision": 99}).status_code == 409


def test_another_day_is_a_new_convocation_with_its_own_delay(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = _left()
    browser = sign_in(council.secretary)
    order = council.order()
    day = clock.local_day(clock.now() + timedelta(days=3))
    data = {
        "revision": order.revision,
        "author": order.author_id,
        "day": day.isoformat(),
        "hour": "18:30",
        "place": "Salle des fêtes",
    }
    assert browser.submit(_url(council, "modifier"), data).status_code == 409
    assert db.session.get_one(Meeting, council.meeting_id).day != day
    assert browser.submit(_url(council, "modifier"), {**data, "reason": "Deuil national."}).status_code == 303
    version = held(council.meeting_id)[-1]
    assert (version.kind, version.late_reason, version.number) == (VersionKind.CONVOCATION, "Deuil national.", 2)


def test_a_replaced_paper_is_told_once(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = _left()
    browser = sign_in(council.secretary)
    assert "Aucun document n’a changé" in browser.get(_url(council, "modifier")).text
    _replace(council)
    page = browser.get(_url(council, "modifier")).text
    assert "document remplacé" in page
    data = {"quoi": "documents", "revision": council.order().revision}
    assert browser.submit(_url(council, "modifier"), data).status_code == 303
    db.session.rollback()
    told = db.session.scalars(select(Letter).where(Letter.purpose == "convocation_papers")).all()
    assert len(told) == 5
    assert told[0].subject.startswith("Modifié – point 1 : document remplacé")
    again = {"quoi": "documents", "revision": council.order().revision}
    assert browser.submit(_url(council, "modifier"), again).status_code == 409


def test_cancelling_tells_everybody_and_the_calendars(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = _left()
    browser = sign_in(council.secretary)
    data = {"revision": council.order().revision, "reason": "Le quorum ne serait pas atteint."}
    assert browser.submit(_url(council, "annuler"), data).status_code == 303
    db.session.rollback()
    meeting = db.session.get_one(Meeting, council.meeting_id)
    assert meeting.cancelled_at
    assert meeting.sequence == 2
    told = db.session.scalars(select(Letter).where(Letter.purpose == "convocation_cancelled")).all()
    assert len(told) == 5
    assert "Le quorum ne serait pas atteint." in told[0].text
    assert message_hash(told[0]) in "".join(db.session.scalars(select(Event.line)))
    page = browser.get(_url(council, "suivi")).text
    assert "Réunion annulée" in page


def _left() -> Council:
    """A council whose convocation left five minutes ago."""
    council = Council()
    council.sent()
    with transaction():
        before = clock.now() - timedelta(minutes=5)
        db.session.get_one(Meeting, council.meeting_id).published_at = before
        for version in db.session.scalars(select(Version)):
            version.leaves_at = before
    return council


def _replace(council: Council) -> None:
    from elus.kernel import blobs
    from elus.papers.models import File, FileState, Paper

    at = clock.now()
    with transaction():
        paper = db.session.scalars(select(Paper).where(Paper.title == "Note 1")).one()
        made = File(
            id=uuid.uuid4(),
            paper_id=paper.id,
            version=2,
            name="note-2.pdf",
            media_type="application/pdf",
            size=9,
            pages=3,
            state=FileState.READY,
            created_at=at,
            checked_at=at,
        )
        made.blob = blobs.write(f"file:{made.id}:2", [b"%PDF-2222"], at=at)
        db.session.add(made)
