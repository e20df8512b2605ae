"""Whatever is typed in a title, a place or a name, the convocation is made; mails and pages keep it as typed."""

import io
import subprocess

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select

from elus.convocations import document
from elus.convocations.document import Addressed
from elus.convocations.models import Version
from elus.convocations.tasks import seal_due
from elus.kernel import blobs
from elus.kernel.db import db, transaction
from elus.kernel.glyphs import printable_text
from elus.kernel.outbox import Letter, LetterState
from elus.kernel.typesetter import CannotTypeset, typeset
from elus.meetings.models import AgendaItem, Meeting
from elus.organizations.models import Body, Organization, Person
from tests.convocations.cast import LATER, Council

PLAIN = b"""#let data = json(bytes(sys.inputs.data))
#set document(title: "x", date: datetime(year: 2026, month: 1, day: 1))
#set text(font: "Libertinus Serif")
#data"""
TYPED = {
    "emoji": "Marché de Noël 🎄",
    "family": "Crèches 👨‍👩‍👧‍👦 et écoles",
    "flag": "Jumelage 🇫🇷🇩🇪",
    "skin tone": "Bénévoles 👍🏽",
    "keycap": "Priorité 1️⃣",
    "newer than Unicode 14": "Fête \U0001fae8",
    "only an emoji": "🎉",
    "Word bullet": "\uf0b7 Tarifs de l’eau",
    "Word arrow": "\uf0e0 Tarifs",
    "unknown private sign": "\ue00a Tarifs",
    "bullet": "• Tarifs",
    "tabs": "Tarifs\tde l’eau\v2027",
    "controls": "Tarifs\x07 de\x7f l\x92eau\ufeff",
    "Hebrew": "שלום, séance",
    "Arabic": "مرحباً séance",
    "override": "abc\u202edef",
    "Greek and Cyrillic": "Αθήνα, Москва, ѐ́",
    "Chinese": "Jumelage avec 上海",
    "mark on a Chinese letter": "上\u0301",
    "decomposed accents": "Cre\u0300che e\u0301cole C\u0327a",
    "piled accents": "t\u0331\u030b A\u030a\u0331",
    "soft hyphen": "inter\u00adcommunal\u00adité",
    "full width": "２０２７ ㎡",
    "300 characters": "Tarifs de l’eau " * 18 + "2027 🎄 fin.",
    "markup": "#eval(\"1\") $x$ *gras* _it_ @cible <b> = titre \\ ` [a] // /* ~ - + 1.",
    "noncharacter": "a\uffffb\U0010ffff",
}  # fmt: skip


def _named(council: Council, typed: str) -> None:
    """The same text in every place that is printed."""
    with transaction():
        for item in db.session.scalars(select(AgendaItem)):
            item.title = typed
        db.session.get_one(Meeting, council.meeting_id).place = typed
        organization = db.session.scalars(select(Organization)).one()
        organization.name = typed
        db.session.get_one(Body, organization.body_id).address = f"{typed[-100:]}\n79200 {typed[-100:]}"
        db.session.get_one(Person, council.president.id).last_name = typed[-100:]


def _text(pdf: bytes) -> str:
    told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return " ".join(told.split())


def _pdf(version: Version) -> bytes:
    assert version.pdf
    with blobs.read(version.pdf) as reader:
        return b"".join(reader.read(0, reader.size))


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED.keys())
def test_the_convocation_is_made_and_its_letters_leave(app: Flask, typed: str) -> None:
    council = Council()
    _named(council, typed)
    version = council.publish(urgent=True, reason=typed)
    version_id = version.id
    assert seal_due(council.at + LATER) == 1
    db.session.expire_all()
    letters = db.session.scalars(select(Letter)).all()
    assert {letter.state for letter in letters} == {LetterState.QUEUED}
    assert all(typed.strip() in (letter.text or "") for letter in letters)
    pdf = _pdf(db.session.get_one(Version, version_id))
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert metadata["pdfuaid:part"] == "1"


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED.keys())
def test_so_are_the_preview_and_the_letters_to_print(app: Flask, typed: str) -> None:
    council = Council()
    _named(council, typed)
    manifest = council.publish(urgent=True, reason=typed).manifest
    assert document.preview(manifest)
    people = [Addressed(typed, (typed, f"79200 {typed}"), substitute=substitute) for substitute in (False, True)]
    assert len(pikepdf.open(io.BytesIO(document.batch(manifest, people))).pages) >= 2


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Marché de Noël 🎄, à 18 h", "Marché de Noël , à 18 h"),
        ("Crèches 👨‍👩‍👧‍👦 et écoles 👍🏽 🇫🇷", "Crèches et écoles"),
        ("Priorité 1️⃣ ❤️ ✅", "Priorité 1 ❤ ✓"),
        ("🎉", "□"),
        ("\uf0b7 Tarifs de l’eau", "• Tarifs de l’eau"),
        ("\uf0a7\tTarifs \uf0e0 eau\uf0fc", "▪ Tarifs → eau✓"),
        ("\ue00a Tarifs\ud800", "□ Tarifs□"),
        ("• Tarifs\t– eau…", "• Tarifs – eau…"),
        ("3 rue des Tilleuls\n79200\tParthenay", "3 rue des Tilleuls\n79200 Parthenay"),
        ("Jumelage avec 上海", "Jumelage avec □□"),
        ("上\u0301 ა\u0301", "□ ა"),
        ("Cre\u0300che, C\u0327a", "Crèche, Ça"),
        ("inter\u00adcommunal", "intercommunal"),
        ("abc\u202edef", "abcdef"),
        ("Αθήνα, Москва, שלום, مرحباً, Nguyễn", "Αθήνα, Москва, שלום, مرحباً, Nguyễn"),
        ("２０２７, ㎡", "2027, m2"),
        ('#eval("1") $x$ *gras* @cible <b> \\', '#eval("1") $x$ *gras* @cible <b> \\'),
        ("Deux  espaces", "Deux  espaces"),
        ("", ""),
    ],
)
def test_what_is_printed_is_the_nearest_that_the_fonts_have(typed: str, printed: str) -> None:
    assert printable_text(typed) == printed
    assert printable_text(printed) == printed


def test_what_is_printed_can_be_read_again_from_the_document(app: Flask) -> None:
    council = Council()
    _named(council, "\uf0b7 Noël 🎄 #x $y$ *z* @t <b> \\ 上")
    text = _text(document.convocation(council.publish().manifest))
    assert text.count("• Noël #x $y$ *z* @t <b> \\ □") >= 5


def test_the_usual_characters_need_no_proof_because_the_fonts_have_them() -> None:
    usual = [chr(code) for code in range(0x20, 0x24F + 1) if not 0x7F <= code < 0xA0 and code != 0xAD]
    assert typeset(PLAIN, " ".join([*usual, *"–—‘’“”…\u202f€□"]))


@pytest.mark.parametrize("text", ["🎄", "\ufeffx", "\ue000", "\u202e\u8669\t\u0300"])
def test_what_the_typesetter_refuses_or_stumbles_on_is_told_by_one_exception(text: str) -> None:
    with pytest.raises(CannotTypeset):
        typeset(PLAIN, text)
