"""The council that waits to be published, its papers, and the year behind it."""

from datetime import date
from itertools import pairwise

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from elus.attendance.models import Answer
from elus.demo import coming
from elus.demo.days import RENEWAL, plausible
from elus.kernel import blobs
from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Consultation, Meeting, Visibility
from elus.organizations.models import LegislativeTerm, Organization
from elus.papers.models import File, FileState, Paper, PaperKind
from tests.demo.conftest import Built

TODAY = date(2026, 11, 25)


def papers() -> list[Paper]:
    return list(
        db.session.scalars(
            select(Paper)
            .join(Consultation, Consultation.paper_id == Paper.id)
            .where(Consultation.meeting_id == coming.READY, Consultation.item_id.is_not(None))
            .options(selectinload(Paper.files))
        )
    )


def test_a_council_in_fourteen_days_with_25_items_and_60_ready_papers(demo: Flask) -> None:
    meeting = db.session.get_one(Meeting, coming.READY)
    assert (meeting.day - TODAY).days == 14
    assert meeting.published_at is meeting.announced_at is None
    items = db.session.scalars(
        select(AgendaItem).where(AgendaItem.meeting_id == coming.READY).order_by(AgendaItem.position)
    ).all()
    assert [item.position for item in items] == list(range(1, 26))
    assert all(len(item.summary.splitlines()) == 3 and item.rapporteur for item in items)
    assert [item.position for item in items if item.closed_session_planned] == [23]
    assert [item.position for item in items if item.sensitive] == [16]
    assert [item.position for item in items if item.visibility is Visibility.RESTRICTED] == [22]
    found = papers()
    assert len(found) == 60
    assert all(paper.ready_at and paper.files[0].state is FileState.READY for paper in found)


def test_its_papers_are_varied(demo: Flask) -> None:
    files = [paper.files[0] for paper in papers()]
    pages = [file.pages or 0 for file in files]
    assert min(pages) == 1
    assert max(pages) == 60
    assert [file.facts["scanned"] for file in files].count(True) == 1
    assert 26_000_000 < max(file.size for file in files) < 36_000_000
    assert sum(file.facts["landscape"] == file.pages for file in files) >= 2
    assert len({file.name for file in files}) == 60
    assert len({file.blob_id for file in files}) == 60


def test_each_item_put_to_the_vote_has_its_note(demo: Flask) -> None:
    noted = set(
        db.session.scalars(
            select(AgendaItem.position)
            .join(Consultation, Consultation.item_id == AgendaItem.id)
            .join(Paper, Paper.id == Consultation.paper_id)
            .where(AgendaItem.meeting_id == coming.READY, Paper.kind == PaperKind.NOTE)
        )
    )
    assert set(range(1, 26)) - noted == {2, 3, 20, 25}  # minutes, two reports, oral questions


def test_papers_open_from_ciphertext(demo: Flask) -> None:
    file = db.session.scalars(select(File).options(selectinload(File.blob)).order_by(File.size).limit(1)).one()
    assert file.blob
    with blobs.read(file.blob) as reader:
        assert reader.size == file.size == file.blob.size
        assert b"".join(reader.read(0, 5)) == b"%PDF-"


def test_one_council_is_announced_and_a_bureau_in_draft(demo: Flask) -> None:
    announced, draft = (db.session.get_one(Meeting, one) for one in (coming.ANNOUNCED, coming.DRAFT))
    assert announced.announced_at
    assert not announced.published_at
    assert draft.announced_at is draft.published_at is None
    assert announced.day > draft.day > TODAY


def test_a_year_of_sittings_in_two_terms_on_plausible_days(demo: Flask) -> None:
    meetings = db.session.scalars(select(Meeting).where(Meeting.day < TODAY)).all()
    assert len(meetings) > 60
    assert min(meeting.day for meeting in meetings) < date(2025, 12, 20)
    assert all(plausible(meeting.day) and meeting.published_at for meeting in meetings)
    terms = {term.id: term for term in db.session.scalars(select(LegislativeTerm))}
    for meeting in meetings:
        assert terms[meeting.term_id].starts_on <= meeting.day
        assert (terms[meeting.term_id].ends_on is None) == (meeting.day >= RENEWAL)
    council = db.session.scalars(select(Organization).where(Organization.name == "Conseil communautaire")).one()
    sat = sorted(meeting.day for meeting in meetings if meeting.organization_id == council.id)
    assert all((later - sooner).days <= 92 for sooner, later in pairwise(sat))  # CGCT L5211-11
    assert sum(meeting.installation for meeting in meetings) == 1
    assert (db.session.scalar(select(func.count()).select_from(Answer)) or 0) > 500


def test_it_is_made_in_less_than_a_minute_and_a_half(built: Built) -> None:
    assert built.seconds < 90
