"""The convocation as a PDF: made at its hour, hashed, enclosed, archivable, accessible."""

import io
import subprocess
from datetime import timedelta

import pikepdf
from flask import Flask
from sqlalchemy import select

from elus.convocations import document
from elus.convocations.document import Addressed
from elus.convocations.models import Version
from elus.convocations.tasks import seal_due
from elus.kernel import blobs
from elus.kernel.db import db, transaction
from elus.kernel.outbox import Letter, LetterState
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.register.models import Event
from tests import factories as make
from tests.convocations.cast import LATER, Council


def _text(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def _pdf_of(version: Version) -> bytes:
    assert version.pdf
    with blobs.read(version.pdf) as reader:
        return b"".join(reader.read(0, reader.size))


def test_it_is_made_at_its_hour_and_its_hash_is_recorded_before_the_letters_go(app: Flask) -> None:
    council = Council()
    version_id = council.publish().id
    assert seal_due(council.at + timedelta(seconds=59)) == 0
    assert seal_due(council.at + LATER) == 1
    assert seal_due(council.at + LATER) == 0
    db.session.expire_all()
    version = db.session.get_one(Version, version_id)
    assert version.pdf
    event = db.session.scalars(select(Event).where(Event.type == "convocation_sealed")).one()
    assert version.pdf.sha256 in event.line
    letters = db.session.scalars(select(Letter)).all()
    assert {letter.state for letter in letters} == {LetterState.QUEUED}
    assert [[part["name"] for part in letter.attachments] for letter in letters] == [
        ["convocation.pdf", "point-01-note.pdf"]
    ] * 5


def test_the_meeting_is_confirmed_in_calendars_from_that_instant(app: Flask) -> None:
    council = Council()
    council.publish()
    seal_due(council.at + LATER)
    db.session.expire_all()
    meeting = db.session.get_one(Meeting, council.meeting_id)
    assert (meeting.sequence, meeting.changed_at) == (1, council.at + LATER)


def test_it_is_tagged_archivable_and_says_the_agenda(app: Flask) -> None:
    council = Council()
    version = council.sent()
    pdf = _pdf_of(version)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang).startswith("fr")
        with opened.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"].startswith("Convocation")
    text = " ".join(_text(pdf).split())
    for expected in ("Ordre du jour", "Note 1", "Tarifs de l’eau 2027", "Présidente", "L5211-1", "page 1 / 1"):
        assert expected in text
    assert document.convocation(version.manifest) == pdf


def test_urgency_and_what_is_planned_in_closed_session_are_said(app: Flask) -> None:
    council = Council(days=3)
    with transaction():
        item = db.session.scalars(select(AgendaItem).order_by(AgendaItem.position)).first()
        assert item
        item.closed_session_planned = True
        item.title = 'Titre hostile #eval("1+1") *gras* $x$ <b> "guillemets" \\'
    version = council.sent(urgent=True, reason="Canalisation rompue.")
    text = " ".join(_text(_pdf_of(version)).split())
    assert "Motif : Canalisation rompue." in text.replace("\u00a0", " ")
    assert "huis clos envisagé" in text
    assert 'Titre hostile #eval("1+1") *gras* $x$ <b> "guillemets" \\' in text


def test_notes_of_sensitive_items_are_not_pushed_and_a_heavy_one_stays_behind(app: Flask) -> None:
    council = Council(papers=3)
    heavy = make.file(b"%PDF" + b"0" * 7_900_000, title="Lourde", name="lourde.pdf")
    with transaction():
        items = db.session.scalars(select(AgendaItem).order_by(AgendaItem.position)).all()
        items[1].sensitive = True
        db.session.add(Consultation(meeting_id=council.meeting_id, item_id=items[3].id, paper_id=heavy.paper_id))
    version = council.publish()
    assert [note["number"] for note in version.manifest["pushed"]] == [1, 3]


def test_printed_letters_have_one_page_each_and_their_address(app: Flask) -> None:
    council = Council()
    council.on_paper()
    manifest = council.publish().manifest
    people = [
        Addressed("Mme Jeanne Fictive", ("3 rue des Tilleuls", "79200 Parthenay"), substitute=False),
        Addressed("M. Paul Fictif", ("Mairie", "79390 Thénezay"), substitute=True),
    ]
    pdf = document.batch(manifest, people)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) == 2
    pages = _text(pdf).split("\f")
    assert "3 rue des Tilleuls" in pages[0]
    assert "suppléance" in pages[1]
    assert "suppléance" not in pages[0]


def test_a_preview_says_that_it_is_one(app: Flask) -> None:
    with pikepdf.open(io.BytesIO(document.preview(Council().publish().manifest))) as opened:
        assert str(opened.docinfo.Title).startswith("Aperçu")
