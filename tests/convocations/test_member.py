"""What a member does with a convocation, and what is kept of it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.convocations import queries as convocations
from elus.convocations.models import Version
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.models import Meeting
from elus.register.models import Event
from tests import factories as make
from tests.convocations.cast import Council


@pytest.fixture
def council(app: Flask) -> Council:
    """A council whose convocation left five minutes ago."""
    found = Council()
    found.sent()
    with transaction():
        before = clock.now() - timedelta(minutes=5)
        db.session.get_one(Meeting, found.meeting_id).published_at = before
        for version in db.session.scalars(select(Version)):
            version.leaves_at = before
    return found


def _events(type: str) -> list[dict[str, Any]]:
    db.session.rollback()
    return [json.loads(line) for line in db.session.scalars(select(Event.line).where(Event.type == type))]


def test_opening_is_recorded_once_per_session_and_version(council: Council, sign_in: Callable[..., Any]) -> None:
    url = f"/reunions/{council.meeting_id}/ouverture"
    browser = sign_in(council.members[0])
    for _ in range(2):
        token = browser.token("/compte")
        told = browser.open(url, method="POST", data={"csrf_token": token}, headers={"X-Requested-With": "fetch"})
        assert told.status_code == 204
    sign_in(council.members[0]).submit(url, page="/compte")
    found = _events("convocation_opened")
    assert len(found) == 2
    assert found[0]["factor"] == "passkey"
    assert found[0]["session"] != found[1]["session"]


def test_without_script_the_button_leads_back_to_the_meeting(council: Council, sign_in: Callable[..., Any]) -> None:
    page = f"/reunions/{council.meeting_id}"
    answer = sign_in(council.members[0]).submit(f"{page}/ouverture", page="/compte")
    assert (answer.status_code, answer.headers["Location"]) == (303, page)


def test_nobody_else_opens_or_acknowledges(council: Council, sign_in: Callable[..., Any]) -> None:
    outsider = sign_in(make.member())
    for act in ("ouverture", "accuse-de-reception"):
        token = outsider.token("/compte")
        answer = outsider.open(f"/reunions/{council.meeting_id}/{act}", method="POST", data={"csrf_token": token})
        assert answer.status_code == 404
    assert outsider.get(f"/reunions/{council.meeting_id}/convocation.pdf").status_code == 404
    assert outsider.get(f"/reunions/{council.meeting_id}/ce-que-le-portail-enregistre").status_code == 404


def test_an_acknowledgement_is_kept_once_with_the_sentence_shown(council: Council, sign_in: Callable[..., Any]) -> None:
    page = f"/reunions/{council.meeting_id}"
    browser = sign_in(council.members[0])
    for _ in range(2):
        assert browser.submit(f"{page}/accuse-de-reception", page="/compte").status_code == 303
    (found,) = _events("acknowledged")
    assert found["level"] == "simple"
    assert len(found["sentence"]) == 64
    db.session.rollback()
    standing = convocations.status(council.meeting_id, council.members[0].id, at=clock.now())
    assert standing
    assert standing.acknowledged_at


def test_the_sealed_pdf_opens_in_place_and_is_kept_nowhere(council: Council, sign_in: Callable[..., Any]) -> None:
    answer = sign_in(council.members[0]).get(f"/reunions/{council.meeting_id}/convocation.pdf")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_i_see_everything_recorded_about_me_and_nothing_about_others(
    council: Council, sign_in: Callable[..., Any]
) -> None:
    page = f"/reunions/{council.meeting_id}"
    sign_in(council.members[1]).submit(f"{page}/accuse-de-reception", page="/compte")
    browser = sign_in(council.members[0])
    browser.submit(f"{page}/ouverture", page="/compte")
    text = browser.get(f"{page}/ce-que-le-portail-enregistre").text
    assert "Vous avez affiché la convocation" in text
    assert "accusé réception" not in text
    assert "dossier outbox" in text
    assert "5\u00a0faits enregistrés" in text


def test_where_i_stand_costs_two_queries(council: Council, queries: Callable[[], Any]) -> None:
    person, meeting, at = council.members[0].id, council.meeting_id, clock.now()
    db.session.rollback()
    with queries() as counted:
        standing = convocations.status(meeting, person, at=at)
    assert standing
    assert standing.recipient
    assert standing.opened_at is None
    assert counted.count == 2
