"""The meeting as a member reads it: rights, papers, receipts, a fixed cost."""

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from elus.convocations.models import VersionKind
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.models import AgendaItem, Consultation, Meeting, Visibility
from elus.organizations.models import Person, Role
from elus.papers.models import NOT_YET, File, FileState, Paper
from elus.reading.models import Reading
from elus.register.actions import record
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[[Person], Browser]
BUDGET = {25: 390, 60: 600}


def _elements(html: str) -> int:
    """Elements of a page, the children of svg left aside (EcoIndex)."""
    return len(re.findall(r"<[a-z]", re.sub(r"(<svg[^>]*>).*?</svg>", r"\1", html, flags=re.S)))


def _full(items: int, papers: int) -> Meeting:
    """A published meeting with so many items and papers."""
    meeting = make.meeting(titles=())
    files = [make.file(title=f"Document {n}") for n in range(papers)]
    rows = [AgendaItem(id=uuid.uuid4(), meeting_id=meeting.id, position=n, title=f"Point {n}") for n in range(items)]
    make.saved(*rows)
    make.saved(
        *(
            Consultation(meeting_id=meeting.id, item_id=rows[n % items].id, paper_id=file.paper_id, position=n)
            for n, file in enumerate(files)
        )
    )
    return meeting


def _with_paper(**item: Any) -> tuple[Meeting, File]:
    file = make.file(title="Note sur l’eau", pages=4)
    meeting = make.meeting(papers=[file], titles=())
    if item:
        meeting_id = meeting.id
        with transaction():
            found = db.session.scalars(db.select(AgendaItem).where(AgendaItem.meeting_id == meeting_id)).one()
            for name, value in item.items():
                setattr(found, name, value)
    return meeting, file


def test_the_link_to_a_paper_says_all_of_it(app: Flask, sign_in: SignIn) -> None:
    meeting, file = _with_paper()
    page = sign_in(make.member(meeting.organization)).get(f"/reunions/{meeting.id}").text
    link = re.search(r'<li>\s*<a href="([^"]+)">(.+?)</a>', page)
    assert link
    assert str(file.id) in link[1]
    words = re.sub(r"<[^>]+>", "", link[2]).replace("\xa0", " ")
    assert words == "Note sur l’eau PDF, 4 pages, 1 Ko"


def test_new_then_read_then_changed(app: Flask, sign_in: SignIn) -> None:
    meeting, file = _with_paper()
    member, other = make.member(meeting.organization), make.member(meeting.organization)
    page = f"/reunions/{meeting.id}"
    assert "Nouveau" in sign_in(member).get(page).text
    make.saved(Reading(person_id=member.id, file_id=file.id, opened_at=clock.now()))
    read = sign_in(member).get(page).text
    assert "Lu" in read
    assert "Nouveau" not in read
    assert "Nouveau" in sign_in(other).get(page).text
    _replace(file)
    changed = sign_in(member).get(page).text
    assert "Modifié le" in changed
    assert f"/{file.id}" in changed, "the older version stays readable"


def test_a_replacement_waits_for_its_change_to_leave(app: Flask, sign_in: SignIn) -> None:
    meeting, file = _with_paper()
    browser = sign_in(make.member(meeting.organization))
    _replace(file, withheld_until=NOT_YET)
    waiting = browser.get(f"/reunions/{meeting.id}").text
    assert "Modifié le" not in waiting
    assert "Version précédente" not in waiting
    paper_id = file.paper_id
    with transaction():
        second = db.session.scalars(db.select(File).where(File.paper_id == paper_id, File.version == 2)).one()
        second.withheld_until = clock.now()
    assert "Modifié le" in browser.get(f"/reunions/{meeting.id}").text


def test_office_files_are_announced_as_downloads(app: Flask, sign_in: SignIn) -> None:
    meeting, file = _with_paper()
    file_id = file.id
    with transaction():
        found = db.session.get(File, file_id)
        assert found
        found.media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        found.pages = None
    page = sign_in(make.member(meeting.organization)).get(f"/reunions/{meeting.id}").text
    assert "Excel, 1\xa0Ko, à télécharger" in page


def test_a_reserved_item_is_listed_with_its_reason_and_without_its_papers(app: Flask, sign_in: SignIn) -> None:
    meeting, file = _with_paper(visibility=Visibility.RESTRICTED, title="Protection fonctionnelle d’un agent")
    page = sign_in(make.member(meeting.organization)).get(f"/reunions/{meeting.id}").text
    assert "Protection fonctionnelle d’un agent" in page
    assert "à consulter au secrétariat" in page
    assert str(file.id) not in page
    assert "Note sur l’eau" not in page
    assert str(file.id) in sign_in(make.secretary(meeting.organization)).get(f"/reunions/{meeting.id}").text


def test_papers_not_ready_or_withdrawn_are_not_shown(app: Flask, sign_in: SignIn) -> None:
    meeting, file = _with_paper()
    browser = sign_in(make.member(meeting.organization))
    for name in ("withdrawn_at", "ready_at"):
        _set_paper(
            file, **{"ready_at": clock.now(), "withdrawn_at": None, name: None if name == "ready_at" else clock.now()}
        )
        page = browser.get(f"/reunions/{meeting.id}").text
        assert str(file.id) not in page
        assert "Point" in page or "Note sur l’eau" in page  # the item itself stays


def test_who_sees_a_published_meeting(app: Flask, sign_in: SignIn, browser: Browser) -> None:
    meeting, _ = _with_paper()
    owner, page = meeting.organization, f"/reunions/{meeting.id}"
    elsewhere = make.organization("Conseil municipal", of=make.body("Thénezay", "commune_lt_3500"))
    statuses = {
        "member": (make.member(owner), 200),
        "substitute": (make.member(owner, role=Role.SUBSTITUTE), 200),
        "secretary": (make.secretary(owner), 200),
        "former": (make.member(owner, ends_on=date(2026, 6, 30)), 404),
        "guest": (make.member(owner, role=Role.GUEST), 404),
        "outsider": (make.member(elsewhere), 404),
        "secretary of another": (make.secretary(elsewhere), 404),
        "administrator": (make.administrator(), 404),
    }
    for name, (person, status) in statuses.items():
        assert sign_in(person).get(page).status_code == status, name
    assert browser.get(page).status_code == 302
    assert sign_in(statuses["member"][0]).get(f"/reunions/{uuid.uuid4()}").status_code == 404
    assert sign_in(statuses["member"][0]).get("/reunions/12345678901234567890").status_code == 404


def test_nothing_of_a_draft_or_of_the_sixty_seconds_shows(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization()
    member, secretary = make.member(owner), make.secretary(owner)
    draft = make.meeting(owner, published=False, announced=False)
    leaving = make.meeting(owner, published=False, announced=False)
    leaving_id = leaving.id
    with transaction():
        found = db.session.get(Meeting, leaving_id)
        assert found
        found.published_at = found.announced_at = clock.now() + timedelta(seconds=60)
    for meeting in (draft, leaving):
        assert sign_in(member).get(f"/reunions/{meeting.id}").status_code == 404
    assert "Brouillon" in sign_in(secretary).get(f"/reunions/{draft.id}").text


def test_an_announced_meeting_promises_its_agenda(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting(published=False, day=date(2099, 10, 14), titles=("Point caché",))
    page = sign_in(make.member(meeting.organization)).get(f"/reunions/{meeting.id}").text
    assert "Annoncée" in page
    assert "Point caché" not in page
    assert "jeudi 8\xa0octobre 2099" in page
    assert 'name="choice"' not in page


def test_a_cancelled_meeting_says_so_first(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting(cancelled_at=clock.now())
    page = sign_in(make.member(meeting.organization)).get(f"/reunions/{meeting.id}").text
    assert "Cette réunion est annulée" in page
    assert page.index("Cette réunion est annulée") < page.index("Ordre du jour")


def test_a_change_is_told_until_the_convocation_is_opened_again(app: Flask, sign_in: SignIn) -> None:
    meeting, _ = _with_paper()
    member = make.member(meeting.organization)
    version = make.convocation(meeting, [member])
    browser = sign_in(member)
    assert "a changé" not in browser.get(f"/reunions/{meeting.id}").text
    make.convocation(meeting, [member], kind=VersionKind.PAPERS_CHANGED)
    page = browser.get(f"/reunions/{meeting.id}").text
    assert "documents ont été ajoutés ou remplacés" in page
    assert "Modifiée" in page
    convocation, person = version.convocation_id, member.id
    with transaction():
        record("convocation_opened", convocation, at=clock.now(), who=person, version="0" * 64)
    assert "a changé" not in browser.get(f"/reunions/{meeting.id}").text


def test_without_script_a_button_opens_the_convocation(app: Flask, sign_in: SignIn) -> None:
    meeting, _ = _with_paper()
    member, late = make.member(meeting.organization), make.member(meeting.organization)
    make.convocation(meeting, [member])
    page = sign_in(member).get(f"/reunions/{meeting.id}").text
    form = re.search(r'<form[^>]*data-module="opened"[^>]*>.*?</form>', page, re.S)
    assert form
    assert 'method="post"' in form[0]
    assert "csrf_token" in form[0]
    assert "Ouvrir le dossier" in form[0]
    assert 'data-module="opened"' not in sign_in(late).get(f"/reunions/{meeting.id}").text


def test_the_answer_comes_before_the_agenda(app: Flask, sign_in: SignIn) -> None:
    meeting, _ = _with_paper()
    page = sign_in(make.member(meeting.organization)).get(f"/reunions/{meeting.id}").text
    assert page.index("Votre réponse") < page.index("Ordre du jour")


@pytest.mark.parametrize(("items", "papers"), [(25, 25), (25, 60)])
def test_the_page_stays_within_its_budget(app: Flask, sign_in: SignIn, items: int, papers: int) -> None:
    meeting = _full(items, papers)
    member = make.member(meeting.organization)
    make.convocation(meeting, [member])
    page = sign_in(member).get(f"/reunions/{meeting.id}").text
    assert page.count("Nouveau") == papers
    assert _elements(page) <= BUDGET[papers]


def test_the_page_costs_the_same_queries_at_any_size(app: Flask, sign_in: SignIn, queries: Callable[[], Any]) -> None:
    counted = []
    for items, papers in ((1, 1), (10, 20)):
        meeting = _full(items, papers)
        member = make.member(meeting.organization)
        make.convocation(meeting, [member])
        browser = sign_in(member)
        browser.get("/aide")
        with queries() as found:
            assert browser.get(f"/reunions/{meeting.id}").status_code == 200
        counted.append(found.count)
    assert counted[0] == counted[1] <= 6


def _replace(file: File, **other: Any) -> None:
    make.saved(
        File(
            paper_id=file.paper_id,
            version=2,
            name="note.pdf",
            media_type="application/pdf",
            size=1000,
            pages=5,
            state=FileState.READY,
            created_at=clock.now(),
            checked_at=clock.now(),
            **other,
        )
    )


def _set_paper(file: File, **changes: Any) -> None:
    paper_id = file.paper_id
    with transaction():
        found = db.session.get(Paper, paper_id)
        for name, value in changes.items():
            setattr(found, name, value)
