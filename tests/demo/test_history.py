"""The sittings of the last two months went through the portal's own acts: letters, receipts, register."""

import hashlib
import json
import uuid
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from elus.convocations.forms import ACKNOWLEDGEMENT
from elus.convocations.models import Convocation, Recipient, Version
from elus.kernel import blobs
from elus.kernel.db import db
from elus.kernel.outbox import Letter, LetterState
from elus.meetings.models import Meeting
from elus.organizations.models import Organization
from elus.papers.intake import check
from elus.papers.models import File
from elus.register import queries as register
from elus.register.models import Event


def last_of(name: str) -> uuid.UUID:
    return db.session.scalars(
        select(Meeting.id)
        .join(Organization, Organization.id == Meeting.organization_id)
        .where(Organization.name == name, Meeting.published_at.is_not(None))
        .order_by(Meeting.day.desc())
        .limit(1)
    ).one()


@pytest.mark.parametrize(("name", "convened"), [("Conseil communautaire", 92), ("Bureau communautaire", 15)])
def test_everybody_was_convened_and_each_letter_has_its_outcome(demo: Flask, name: str, convened: int) -> None:
    version = db.session.scalars(
        select(Version)
        .join(Convocation, Convocation.id == Version.convocation_id)
        .where(Convocation.meeting_id == last_of(name))
    ).one()
    recipients = db.session.scalars(
        select(Recipient).where(Recipient.version_id == version.id).options(selectinload(Recipient.letter))
    ).all()
    assert len(recipients) == convened
    assert version.pdf_id
    assert version.done_at
    letters = [recipient.letter for recipient in recipients if recipient.letter]
    assert {letter.state for letter in letters} == {LetterState.WRITTEN}
    assert all(recipient.handed_on for recipient in recipients if recipient.letter is None)


def test_every_recent_sitting_has_its_convocation(demo: Flask) -> None:
    orphans = db.session.scalars(
        select(Meeting.title)
        .outerjoin(Convocation, Convocation.meeting_id == Meeting.id)
        .where(Meeting.day >= date(2026, 9, 25), Meeting.day < date(2026, 11, 25), Convocation.id.is_(None))
    ).all()
    assert orphans == []


def test_letters_lie_in_the_outbox_and_nothing_waits(demo: Flask) -> None:
    letters = db.session.scalar(select(func.count()).select_from(Letter)) or 0
    assert len(list((Path(demo.instance_path) / "outbox").glob("*.eml"))) == letters > 90
    waiting = (LetterState.HELD, LetterState.QUEUED, LetterState.DEFERRED)
    assert db.session.scalar(select(func.count()).where(Letter.state.in_(waiting))) == 0


def test_some_opened_and_fewer_acknowledged_and_the_register_holds(demo: Flask) -> None:
    count = dict(db.session.execute(select(Event.type, func.count()).group_by(Event.type)).all())
    assert count["outbox_written"] > count["convocation_opened"] > count["acknowledged"] > 100
    assert count["paper_handed"] >= 4
    assert register.first_broken_link() is None


def test_what_was_acknowledged_is_the_sentence_of_the_page(demo: Flask) -> None:
    lines = db.session.scalars(select(Event.line).where(Event.type == "acknowledged")).all()
    assert {json.loads(line)["sentence"] for line in lines} == {hashlib.sha256(ACKNOWLEDGEMENT.encode()).hexdigest()}


def test_facts_of_papers_are_those_the_intake_finds(demo: Flask) -> None:
    files = db.session.scalars(select(File).options(selectinload(File.blob)).order_by(File.size.desc())).all()
    scans = [file for file in files if file.facts["scanned"]]
    for file in (files[0], files[1], *scans, files[-1]):
        assert file.blob
        with blobs.read(file.blob) as reader:
            verdict = check(reader)
        assert (verdict.media_type, verdict.pages, verdict.facts) == (file.media_type, file.pages, file.facts)
