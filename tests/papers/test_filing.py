"""What a file name says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elus.papers.filing import proposed_item, read_name, stored_name
from elus.papers.models import PaperKind as Kind


@pytest.mark.parametrize(
    ("name", "item", "annex", "kind", "title", "certain"),
    [
        ("12_Rapport_tarifs_de_l_eau.pdf", 12, None, Kind.REPORT, "Rapport tarifs de l eau", True),
        ("12-A1_plan_de_zonage.pdf", 12, 1, Kind.ANNEX, "Plan de zonage", True),
        ("12 - Note de synthèse.pdf", 12, None, Kind.NOTE, "Note de synthèse", True),
        ("07_PJ2 plan.pdf", 7, 2, Kind.ANNEX, "Plan", True),
        ("Point 3 – délibération.docx", 3, None, Kind.DRAFT_RESOLUTION, "Délibération", True),
        ("12.pdf", 12, None, Kind.REPORT, "12", True),
        ("12-Avis des domaines.pdf", 12, None, Kind.REPORT, "Avis des domaines", True),
        ("12 Rapport.pdf", 12, None, Kind.REPORT, "Rapport", False),
        ("PV du conseil.pdf", None, None, Kind.MINUTES, "PV du conseil", False),
        ("2026-10-14_convocation.pdf", None, None, Kind.REPORT, "2026-10-14 convocation", False),
        ("14-10-2026 note.pdf", None, None, Kind.NOTE, "14-10-2026 note", False),
        ("../../12_Rapport.pdf", 12, None, Kind.REPORT, "Rapport", True),
    ],
)
def test_a_name_tells_item_annex_kind_and_title(
    name: str, item: int | None, annex: int | None, kind: Kind, title: str, certain: bool
) -> None:
    found = read_name(name)
    assert (found.item, found.annex, found.kind, found.title, found.certain) == (item, annex, kind, title, certain)


@given(st.text(max_size=400))
def test_any_name_is_read_and_kept_harmless(name: str) -> None:
    kept = stored_name(name)
    assert len(kept) <= 150
    assert not set(kept) & set("/\\\r\n\0\u202e\u200f")
    assert ".." not in kept.split("/")
    assert read_name(name).title


def test_a_long_name_keeps_its_extension() -> None:
    assert stored_name("é" * 300 + ".pdf").endswith("é.pdf")


def test_the_words_of_a_title_propose_an_item() -> None:
    titles = ["Approbation du procès-verbal", "Tarifs de l’eau potable 2027", "Marché de voirie"]
    assert proposed_item("tarifs eau potable.pdf", titles) == 2
    assert proposed_item("voirie.pdf", titles) == 3
    assert proposed_item("3 rapport.pdf", titles) == 3
    assert proposed_item("divers.pdf", titles) is None
