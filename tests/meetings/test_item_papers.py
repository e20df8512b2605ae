"""The papers of an item and of the whole draft, as the secretariat sees them while it prepares."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from elus.kernel.db import db, transaction
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.organizations.models import Organization
from elus.papers.models import File, FileState, Paper
from tests import factories as make
from tests.conftest import Browser


@pytest.fixture
def prepared(council: Organization) -> Meeting:
    """Two papers under two items, and a third item without."""
    return make.meeting(
        council, published=False, papers=[make.file(title="Rapport"), make.file(title="Plan")], titles=("Vœu",)
    )


@pytest.fixture
def office(sign_in: Callable[[Any], Browser], council: Organization) -> Browser:
    return sign_in(make.secretary(council))


def item_url(meeting: Meeting, position: int = 1) -> str:
    item = db.session.scalars(
        select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, AgendaItem.position == position)
    ).one()
    return f"/secretariat/reunions/{meeting.id}/points/{item.id}"


def test_an_item_shows_its_papers_and_no_other(office: Browser, prepared: Meeting) -> None:
    page = office.get(item_url(prepared)).text
    assert re.findall(r'<a href="/reunions/[^"]*/pieces/[^"]*">([^<]*)', page) == ["Rapport"]
    assert "Prêt" in page
    assert "Aucun document pour ce point" in office.get(item_url(prepared, 3)).text


def test_a_refused_paper_says_why(office: Browser, prepared: Meeting) -> None:
    with transaction():
        file = db.session.scalars(select(File).join(Paper).where(Paper.title == "Rapport")).one()
        file.state, file.refusal = FileState.REFUSED, "password"
    assert "protégé par un mot de passe" in office.get(item_url(prepared)).text


def test_a_paper_is_renamed_and_comes_back_to_its_item(office: Browser, prepared: Meeting) -> None:
    url = item_url(prepared)
    paper_id = db.session.scalars(select(Paper.id).where(Paper.title == "Rapport")).one()
    db.session.rollback()
    action = f"/secretariat/reunions/{prepared.id}/documents/{paper_id}"
    sent = {"title": "Rapport de la présidente", "kind": "report", "number": "1", "was": "Rapport", "page": url[-36:]}
    answer = office.post(action, sent, page=url)
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    assert "Rapport de la présidente" in office.get(url).text


def test_the_draft_counts_what_waits_to_be_filed(office: Browser, prepared: Meeting) -> None:
    url = f"/secretariat/reunions/{prepared.id}/preparer"
    assert "Documents prêts : 2 sur 2" in office.get(url).text
    with transaction():
        db.session.scalars(select(Consultation)).all()[0].item_id = None
    page = office.get(url).text
    assert "À ranger : 1" in page
    assert "À ranger (1)" in page


def test_a_published_draft_takes_no_document_here(office: Browser, council: Organization) -> None:
    published = make.meeting(council, papers=[make.file()])
    for url in (item_url(published), f"/secretariat/reunions/{published.id}/preparer"):
        assert 'type="file"' not in office.get(url).text


def test_the_page_of_an_item_costs_the_same_queries_at_any_size(
    office: Browser, council: Organization, queries: Callable[[], Any]
) -> None:
    costs = []
    for size in (2, 20):
        meeting = make.meeting(council, published=False, papers=[make.file() for _ in range(size)])
        url = item_url(meeting)
        office.get(url)
        with queries() as counted:
            office.get(url)
        costs.append(counted.count)
    assert costs[0] == costs[1] <= 7
