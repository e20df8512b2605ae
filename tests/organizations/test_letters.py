"""Printed letters: asked for by the secretariat, made by the worker, read once; their codes are nowhere else."""

import io
import re
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import segno
from flask import Flask
from sqlalchemy import select, update

from elus.identity.models import Invitation, Session, User
from elus.identity.sealed import LETTERS, letter_hashes, new_letter_code, typed_letter_code
from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.storage import Missing
from elus.kernel.tasks import run_now
from elus.organizations.models import Body, Membership, Organization, Person, Role, WelcomeBatch
from tests import factories as make
from tests.conftest import Browser
from tests.organizations.test_people import seat

SignIn = Callable[..., Browser]
PAGE = "/secretariat/personnes/courriers"
MM = 72 / 25.4


@pytest.fixture
def council(app: Flask) -> Organization:
    """An assembly whose helper has a name and hours, and two communes."""
    of = make.body(helper_name="Claire Fictive", helper_phone="05 36 49 00 00", helper_hours="du lundi au vendredi")
    return make.organization(of=of)


@pytest.fixture
def waiting(council: Organization) -> list[Person]:
    """Three people to invite, in no order."""
    west = make.body("Thénezay", "commune_lt_3500")
    east = make.body("Amailloux", "commune_lt_3500")
    address = "12 rue des Tilleuls, 79390 Thénezay"
    return [
        seat(council, first_name="Odile", last_name="Zélée", commune_id=west.id, address=address),
        seat(council, first_name="Paul", last_name="Écureuil", civility="M.", commune_id=west.id),
        seat(council, first_name="Jeanne", last_name="Zorro", commune_id=east.id),
    ]


def batch() -> WelcomeBatch:
    db.session.rollback()
    return db.session.scalars(select(WelcomeBatch).order_by(WelcomeBatch.asked_at.desc())).first() or pytest.fail(
        "no batch"
    )


def asked(browser: Browser, organization: Organization | None = None) -> WelcomeBatch:
    """Ask for letters, and let the worker make them."""
    answer = browser.submit(PAGE, {"assemblee": organization.id if organization else ""})
    assert answer.status_code == 303
    work()
    return batch()


def work(after: timedelta = timedelta()) -> None:
    """The worker passes."""
    db.session.rollback()
    run_now("welcome_letters", clock.now() + after)


def taken(browser: Browser) -> bytes:
    answer = browser.submit(f"{PAGE}/{batch().id}", page=PAGE)
    assert answer.mimetype == "application/pdf", answer.text
    return answer.data


def texts(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def codes(pdf: bytes) -> list[str]:
    """The code of each letter."""
    found = [re.search(rf"\b([{LETTERS}]{{4}}) ([{LETTERS}]{{4}}) ([{LETTERS}]{{4}})\b", text) for text in texts(pdf)]
    return ["".join(one.groups()) for one in found if one]


@pytest.mark.asvs("V6.4.1")
def test_a_letter_gives_a_code_that_opens_one_account_for_thirty_days(
    app: Flask, sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    secretary = sign_in(make.secretary(council))
    made = asked(secretary, council)
    assert (made.letters, made.failed) == (3, None)
    for code in codes(taken(secretary)):
        assert len(code) == 12
        assert not set(code) & set("0O1I")
    code = codes_of_letters(secretary, council)[0]
    guest = Browser(app)
    answer = guest.submit("/bienvenue", {"code": f" {code[:4].lower()}-{code[4:8]} {code[8:]} "})
    assert answer.headers["Location"] == f"/bienvenue/{code[:4]}-{code[4:8]}-{code[8:]}"
    assert "Jeanne Zorro" in guest.follow(answer).text
    assert guest.submit(f"/bienvenue/{code}").headers["Location"] == "/bienvenue/suite", "the address of the square too"
    db.session.rollback()
    invitation = db.session.scalars(select(Invitation).where(Invitation.started_at.is_not(None))).one()
    assert invitation.printed
    assert invitation.expires_at - invitation.created_at == timedelta(days=30)


def codes_of_letters(browser: Browser, organization: Organization) -> list[str]:
    asked(browser, organization)
    return codes(taken(browser))


def test_the_letters_are_sorted_by_commune_then_name_without_regard_to_accents(
    sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    browser = sign_in(make.secretary(council))
    asked(browser, council)
    pages = texts(taken(browser))
    names = ["Jeanne Zorro", "Paul Écureuil", "Odile Zélée"]
    assert len(pages) == 3, "one page a person"
    assert [next(name for name in names if name in page) for page in pages] == names


def test_a_letter_says_everything_needed_and_is_a_tagged_pdf(
    sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    browser = sign_in(make.secretary(council))
    asked(browser, council)
    pdf = taken(browser)
    page = " ".join(texts(pdf)[2].replace("\xa0", " ").replace("\u202f", " ").split())
    for words in (
        "Madame,",
        "Conseil communautaire",
        "localhost/bienvenue",
        "Ce code est personnel. Personne ne vous le demandera par téléphone ni par courriel.",
        "Claire Fictive, 05 36 49 00 00, du lundi au vendredi",
        "4. Un secours",
    ):
        assert words in page
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.Root.MarkInfo.Marked
        assert document.Root.Lang == "fr-FR"
        with document.open_metadata() as metadata:
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert [float(side) for side in document.pages[0].MediaBox][2:] == pytest.approx([595.276, 841.89], abs=0.1)


def test_the_address_stands_in_the_window_and_the_square_is_wide_enough(
    sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    browser = sign_in(make.secretary(council))
    asked(browser, council)
    page = pypdfium2.PdfDocument(taken(browser))[2]
    height, found = page.get_height(), page.get_textpage()
    for words in ("12 rue des Tilleuls", "79390 Thénezay"):
        index, _count = found.search(words).get_next() or pytest.fail(words)
        left, bottom, _right, top = found.get_charbox(index)
        assert 100 < left / MM < 110
        assert 55 < (height - top) / MM < (height - bottom) / MM < 80, "in the window, whichever way the sheet slides"
    index, _count = found.search("Ce code est personnel").get_next() or pytest.fail("no warning")
    assert found.get_charbox(index)[3] - found.get_charbox(index)[1] < 14
    square = _square(page)
    assert min(square.size) / 8 / MM >= 30, "three centimetres without its margin"


def _square(page: Any) -> Any:
    """The square of a letter, cut at its edges, 8 pixels a point."""
    top, below = (page.get_height() - _top(page, words) for words in ("Photographiez", "1. Ouvrez"))
    room = (0, int(8 * (top - 4 * MM)), int(8 * 68 * MM), int(8 * (below - 6 * MM)))
    dark = page.render(scale=8).to_pil().convert("L").crop(room).point(lambda light: 255 if light < 20 else 0)
    found = dark.getbbox()
    assert found
    return dark.crop(found)


def _top(page: Any, words: str) -> float:
    text = page.get_textpage()
    index, _count = text.search(words).get_next() or pytest.fail(words)
    return float(text.get_charbox(index)[3])


def test_the_square_is_the_address_with_the_code(sign_in: SignIn, council: Organization, waiting: list[Person]) -> None:
    browser = sign_in(make.secretary(council))
    asked(browser, council)
    pdf = taken(browser)
    square, code = _square(pypdfium2.PdfDocument(pdf)[0]), codes(pdf)[0]
    expected = segno.make(f"http://localhost/bienvenue/{code}", error="m", micro=False).matrix
    side = len(expected)
    step = square.width / side
    read = [
        [square.getpixel((int((x + 0.5) * step), int((y + 0.5) * step))) > 127 for x in range(side)]
        for y in range(side)
    ]
    assert read == [[bool(dark) for dark in row] for row in expected]


def test_names_no_font_has_are_printed_all_the_same(sign_in: SignIn, council: Organization) -> None:
    seat(council, first_name="Zoé 🌻", last_name="漢字", address="1 rue 🏠\n79200 Parthenay")
    browser = sign_in(make.secretary(council))
    asked(browser, council)
    assert "Zoé" in texts(taken(browser))[0]


def test_a_very_long_letter_still_holds_on_one_page(sign_in: SignIn) -> None:
    of = make.body(
        "Communauté de communes de la Grande Vallée de la Gâtine et du Haut-Thouet réunis",
        helper_name="Marie-Antoinette de Saint-Exemple-Delaunay",
        helper_phone="05 36 49 00 00",
        helper_hours="du lundi au vendredi, 8 h 30 – 12 h 30 et 13 h 30 – 17 h 30, et une heure avant chaque séance",
    )
    assemblies = [make.organization(f"Commission de l’aménagement et de l’urbanisme {n}", of=of) for n in range(7)]
    somebody = seat(assemblies[0], last_name="de la Fontaine-Bellegarde-Saint-Exemple", address="A\nB\nC\nD\nE")
    for assembly in assemblies[1:]:
        make.saved(
            Membership(
                person_id=somebody.id,
                organization_id=assembly.id,
                term_id=make.term_of(assembly).id,
                role=Role.FULL,
                starts_on=make.BEGAN,
            )
        )
    browser = sign_in(make.secretary(assemblies[0]))
    asked(browser)
    pages = texts(taken(browser))
    assert len(pages) == 1
    assert "autres assemblées" in pages[0]


def test_the_file_is_read_once_then_destroyed(
    app: Flask, sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    browser = sign_in(make.secretary(council))
    made = asked(browser, council)
    blob = db.session.get_one(Blob, made.blob_id)
    stored = Path(app.instance_path) / "files" / blob.key
    assert stored.exists()
    code = codes(taken(browser))[0]
    assert not stored.exists()
    assert batch().blob_id is None
    assert db.session.scalars(select(Blob)).all() == []
    again = browser.submit(f"{PAGE}/{made.id}", page=PAGE)
    assert again.status_code == 409
    assert "Ce fichier n’est plus là." in again.text
    assert db.session.scalars(select(Invitation).where(Invitation.token_hash.in_(letter_hashes(code)))).one()


def test_the_file_is_destroyed_after_a_day(sign_in: SignIn, council: Organization, waiting: list[Person]) -> None:
    browser = sign_in(make.secretary(council))
    made = asked(browser, council)
    key = db.session.get_one(Blob, made.blob_id).key
    work(timedelta(hours=25))
    assert db.session.scalars(select(Blob)).all() == []
    with pytest.raises(Missing):
        blobs.storage().open(key)
    work(timedelta(days=40))
    assert db.session.scalars(select(WelcomeBatch)).all() == []


@pytest.mark.asvs("V6.5.2")
def test_neither_the_database_nor_the_journal_nor_the_file_holds_a_code(
    app: Flask, sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    browser = sign_in(make.secretary(council))
    made = asked(browser, council)
    stored = (Path(app.instance_path) / "files" / db.session.get_one(Blob, made.blob_id).key).read_bytes()
    assert b"%PDF" not in stored
    found = codes(taken(browser))
    rows = [
        str(row.__dict__)
        for model in (Invitation, JournalEntry, WelcomeBatch)
        for row in db.session.scalars(select(model))
    ]
    assert not [code for code in found for row in rows if code in row]
    written = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "letters_printed")).all()
    assert {entry.subject for entry in written} == {f"user:{user.id}" for user in _users(waiting)}


def _users(people: list[Person]) -> list[User]:
    return list(db.session.scalars(select(User).where(User.person_id.in_([one.id for one in people]))))


def test_asking_again_revokes_the_former_letters_and_mails(
    app: Flask, sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    browser = sign_in(make.secretary(council))
    first = codes_of_letters(browser, council)[0]
    assert Browser(app).get(f"/bienvenue/{first}").status_code == 200
    second = codes_of_letters(browser, council)[0]
    stranger = Browser(app)
    old = stranger.get(f"/bienvenue/{first}")
    assert old.status_code == 410
    assert "Un courrier est valable 30" in old.text
    assert stranger.get(f"/bienvenue/{second}").status_code == 200


def test_an_expired_letter_lets_one_ask_for_a_new_code_by_mail(
    app: Flask, sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    code = codes_of_letters(sign_in(make.secretary(council)), council)[0]
    long_ago = clock.now() - timedelta(days=31)
    with transaction():
        db.session.execute(update(Invitation).values(created_at=long_ago, expires_at=long_ago + timedelta(days=30)))
    guest = Browser(app)
    assert "Demander un nouveau code" in guest.get(f"/bienvenue/{code}").text
    answer = guest.submit(f"/bienvenue/{code}/nouveau", page=f"/bienvenue/{code}")
    assert "Une nouvelle invitation est partie" in answer.text
    assert "Appelez le secrétariat" in answer.text


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD EFGH JKM0", "ABCD EFGH JKM1", "é" * 12, "A" * 60, "ABCDEFGHJKMN"])
def test_a_code_that_is_none_is_said_in_words(browser: Browser, typed: str) -> None:
    answer = browser.submit("/bienvenue", {"code": typed})
    assert answer.status_code == 422
    assert "12" in answer.text
    assert "lettres" in answer.text


def test_the_code_of_a_used_letter_says_the_account_is_ready(
    app: Flask, sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    code = codes_of_letters(sign_in(make.secretary(council)), council)[0]
    with transaction():
        db.session.execute(update(Invitation).values(used_at=clock.now()))
    answer = Browser(app).get(f"/bienvenue/{code}")
    assert answer.status_code == 410
    assert "Votre compte est déjà prêt" in answer.text


def test_only_those_who_never_opened_their_account_get_a_letter(sign_in: SignIn, council: Organization) -> None:
    make.member(council, make.person(last_name="Déjàprête"))
    seat(council, last_name="Sansadresse", email=None)
    taken_by = make.person(email="partagee@exemple.invalid")
    make.account(taken_by, active=False)
    seat(council, last_name="Doublon", email="partagee@exemple.invalid")
    seat(council, last_name="Attendue")
    browser = sign_in(make.secretary(council))
    page = browser.get(PAGE).text
    assert "2\u00a0courriers<small" in page
    assert "1\u00a0personne sans adresse de courriel" in page
    made = asked(browser, council)
    assert made.letters == 1
    assert "les autres n’en ont plus besoin" in browser.get(PAGE).text
    pages = texts(taken(browser))
    assert len(pages) == 1
    assert "Attendue" in pages[0]


def test_nobody_to_write_to_is_said(sign_in: SignIn, council: Organization) -> None:
    browser = sign_in(make.secretary(council))
    assert "Tout le monde a ouvert son compte." in browser.get(PAGE).text
    seat(council, email=None)
    answer = browser.submit(PAGE, {"assemblee": council.id})
    assert answer.status_code == 409
    assert "Personne n’attend de courrier" in answer.text


def test_asking_twice_at_once_asks_once(sign_in: SignIn, council: Organization, waiting: list[Person]) -> None:
    browser = sign_in(make.secretary(council))
    for _ in range(2):
        browser.submit(PAGE, {"assemblee": council.id})
    db.session.rollback()
    assert len(db.session.scalars(select(WelcomeBatch)).all()) == 1
    assert "en préparation" in browser.get(PAGE).text


def test_the_letters_of_others_are_neither_asked_for_nor_taken(
    sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    mine, other = make.secretary(council), make.organization("Conseil B")
    seat(other, last_name="Dailleurs")
    browser, neighbour = sign_in(mine), sign_in(make.secretary(other))
    assert browser.submit(PAGE, {"assemblee": other.id}).status_code == 404
    made = asked(browser)
    assert len(made.people) == 3, "« toutes mes assemblées » are mine only"
    assert neighbour.submit(f"{PAGE}/{made.id}", page=PAGE).status_code == 404
    assert sign_in(make.secretary(council)).submit(f"{PAGE}/{made.id}", page=PAGE).status_code == 404, "another asker"
    member = sign_in(make.member(council))
    assert member.get(PAGE).status_code == 404
    assert member.submit(f"{PAGE}/{made.id}", page="/affichage").status_code == 404
    assert taken(browser)


@pytest.mark.asvs("V8.3.3")
def test_rights_are_looked_at_again_when_the_letters_are_made_and_taken(
    sign_in: SignIn, council: Organization, waiting: list[Person]
) -> None:
    secretary, second = make.secretary(council), make.organization("Conseil B")
    make.saved(
        Membership(
            person_id=secretary.id,
            organization_id=second.id,
            term_id=make.term_of(second).id,
            role=Role.SECRETARY,
            starts_on=make.BEGAN,
        )
    )
    browser = sign_in(secretary)
    made = asked(browser, council)
    browser.submit(PAGE, {"assemblee": council.id})
    _ends(secretary, council)
    work()
    assert batch().failed == "nobody"
    assert browser.submit(f"{PAGE}/{made.id}", page="/affichage").status_code == 404


def _ends(secretary: Person, organization: Organization) -> None:
    yesterday = clock.local_day(clock.now()) - timedelta(days=1)
    with transaction():
        db.session.execute(
            update(Membership)
            .where(Membership.person_id == secretary.id, Membership.organization_id == organization.id)
            .values(ends_on=yesterday)
        )


def test_asking_and_taking_want_a_fresh_proof(sign_in: SignIn, council: Organization, waiting: list[Person]) -> None:
    secretary = make.secretary(council)
    browser = sign_in(secretary)
    made = asked(browser, council)
    _stale(clock.now() - timedelta(minutes=11))
    answer = browser.submit(f"{PAGE}/{made.id}", page=PAGE)
    assert answer.mimetype == "text/html"
    assert batch().failed is None, "nothing was taken"
    browser.submit(PAGE, {"assemblee": council.id})
    db.session.rollback()
    assert len(db.session.scalars(select(WelcomeBatch)).all()) == 1


def _stale(at: datetime) -> None:
    with transaction():
        db.session.execute(update(Session).values(fresh_at=at))


def test_two_workers_give_the_codes_out_once(sign_in: SignIn, council: Organization, waiting: list[Person]) -> None:
    from elus.organizations.letters import actions, tasks

    browser = sign_in(make.secretary(council))
    made = asked(browser, council)
    with transaction():
        written = actions.write([person.id for person in waiting], at=clock.now())
    pdf = tasks.typeset(written, clock.now())
    with transaction():
        assert not actions.keep(made.id, written, pdf, at=clock.now())
    db.session.rollback()
    assert len(db.session.scalars(select(Invitation)).all()) == 3


def test_the_page_costs_the_same_whatever_the_number(sign_in: SignIn, queries: Callable[[], Any], app: Flask) -> None:
    counts = []
    for size in (2, 30):
        mine = make.organization(f"Conseil {size}")
        for _ in range(size):
            seat(mine)
        browser = sign_in(make.secretary(mine))
        browser.get(PAGE)
        with queries() as counted:
            browser.get(PAGE)
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 6


def test_the_command_writes_the_letters_to_a_file_of_its_owner(
    app: Flask, council: Organization, waiting: list[Person], tmp_path: Path
) -> None:
    runner, path = app.test_cli_runner(), tmp_path / "courriers.pdf"
    done = runner.invoke(args=["accounts", "letters", "conseil communautaire", "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert "3 courriers" in done.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    code = codes(path.read_bytes())[0]
    assert Browser(app).get(f"/bienvenue/{code}").status_code == 200
    again = runner.invoke(args=["accounts", "letters", "--all", "-o", str(path)])
    assert again.exit_code == 1
    assert "existe déjà" in again.output
    assert Browser(app).get(f"/bienvenue/{code}").status_code == 200, "nothing was revoked"
    for wrong in (["inconnue", "-o", "x.pdf"], ["-o", "x.pdf"], ["conseil communautaire", "--all", "-o", "x.pdf"]):
        assert runner.invoke(args=["accounts", "letters", *wrong]).exit_code > 0
    for named in (f"Conseil communautaire, {db.session.get_one(Body, council.body_id).name}", str(council.id)):
        path = tmp_path / f"{len(named)}.pdf"
        assert runner.invoke(args=["accounts", "letters", named, "-o", str(path)]).exit_code == 0


def test_two_assemblies_of_one_name_are_told_apart(app: Flask, council: Organization, tmp_path: Path) -> None:
    make.organization("Conseil communautaire", of=make.body("Autre communauté"))
    done = app.test_cli_runner().invoke(
        args=["accounts", "letters", "Conseil communautaire", "-o", str(tmp_path / "x.pdf")]
    )
    assert done.exit_code == 1
    assert "précisez" in done.output
    assert "Autre communauté" in done.output


@pytest.mark.asvs("V6.5.4")
def test_a_printed_code_is_long_and_typed_as_one_likes() -> None:
    assert len({new_letter_code() for _ in range(200)}) == 200
    assert len(LETTERS) ** 12 > 2**50
    assert typed_letter_code("abcd-efgh  jkmn") == "ABCDEFGHJKMN"
    assert typed_letter_code("ABCD EFGH JKLM") is None, "no L: it looks like an I"


def test_codes_tried_at_random_are_counted_behind_their_network(app: Flask, browser: Browser) -> None:
    from elus.identity.models import Failures

    browser.submit("/bienvenue", {"code": "ABCD EFGH JKMN"})
    db.session.rollback()
    assert db.session.scalars(select(Failures)).first()
    with transaction():
        db.session.execute(update(Failures).values(count=100_000, blocked_until=clock.now() + timedelta(minutes=3)))
    answer = browser.submit("/bienvenue", {"code": "ABCD EFGH JKMN"})
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.text
