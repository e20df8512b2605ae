import pytest
from hypothesis import given
from hypothesis import strategies as st

from elus.meetings.models import ItemKind
from elus.meetings.paste import kind_of, titles


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("1. Approbation du procès-verbal", "Approbation du procès-verbal"),
        ("12.Tarifs de l’eau 2027 ;", "Tarifs de l’eau 2027"),
        ("1) Tarifs", "Tarifs"),
        ("3 - Tarifs", "Tarifs"),
        ("3 – Tarifs", "Tarifs"),
        ("2 : Tarifs", "Tarifs"),
        ("1°) Tarifs", "Tarifs"),
        ("1.2 Tarifs", "Tarifs"),
        ("1.2. Tarifs", "Tarifs"),
        ("Point 4 : Tarifs", "Tarifs"),
        ("Point n° 4 : Tarifs", "Tarifs"),
        ("N°4 – Tarifs", "Tarifs"),
        ("IV. Tarifs", "Tarifs"),
        ("a) Tarifs", "Tarifs"),
        ("4\tTarifs", "Tarifs"),
        ("- Tarifs", "Tarifs"),
        ("-Tarifs", "Tarifs"),
        ("• 4. Tarifs", "Tarifs"),
        ("   Tarifs :  ", "Tarifs"),
        ("Tarifs\u202e de\u200b l’eau\x07", "Tarifs de l’eau"),
        ("3 500 habitants : seuil", "3 500 habitants : seuil"),
        ("2027 : orientations", "2027 : orientations"),
        ("1er adjoint : élection", "1er adjoint : élection"),
        ("10-12 rue du Moulin : acquisition", "10-12 rue du Moulin : acquisition"),
        ("100 % des élèves", "100 % des élèves"),
        ("Vente du lot 3 - Zone d’activités", "Vente du lot 3 - Zone d’activités"),
        ("Voirie. Programme 2027", "Voirie. Programme 2027"),
    ],
)
def test_numbering_and_bullets_are_left_out_and_nothing_else(line: str, title: str) -> None:
    assert titles(line) == [title]


def test_bare_numbers_are_numbering_when_they_follow_each_other() -> None:
    assert titles("1 Tarifs\r\n\r\n2 Budget\r\n3 Personnel") == ["Tarifs", "Budget", "Personnel"]
    assert titles("1 Tarifs\n5 agents recrutés") == ["1 Tarifs", "5 agents recrutés"]


@given(st.text())
def test_a_title_is_never_empty_and_never_holds_a_line_break(text: str) -> None:
    assert all(title.strip() == title != "" and len(title.splitlines()) == 1 for title in titles(text))


@given(st.lists(st.from_regex(r"[A-Z][a-zéè]{2,8}( [a-zéè]{2,8}){0,4}", fullmatch=True), max_size=30))
def test_a_numbered_list_gives_back_its_titles(lines: list[str]) -> None:
    assert titles("\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))) == lines


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Approbation du procès-verbal de la séance du 9 septembre", ItemKind.MINUTES),
        ("Élection d’un vice-président", ItemKind.ELECTION),
        ("Budget primitif 2027", ItemKind.BUDGET),
        ("Compte rendu des décisions du président", ItemKind.INFORMATION),
        ("Questions diverses", ItemKind.QUESTIONS),
        ("Tarifs de l’eau 2027", ItemKind.DELIBERATION),
    ],
)
def test_a_title_suggests_its_kind(title: str, kind: ItemKind) -> None:
    assert kind_of(title) is kind
