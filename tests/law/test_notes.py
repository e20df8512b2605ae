"""When a « note explicative de synthèse » is due."""

import pytest

from elus.law.notes import note_required


@pytest.mark.parametrize("kind", ["commune_ge_3500", "epci_council", "epci_bureau_delegated", "syndicat_mixte_ferme"])
def test_each_item_put_to_the_vote_needs_a_note(kind: str) -> None:
    assert note_required(kind, votes=True)
    assert not note_required(kind, votes=False)


def test_a_small_commune_needs_notes_only_when_an_item_concerns_a_classified_installation() -> None:
    assert not note_required("commune_lt_3500", votes=True)
    assert note_required("commune_lt_3500", votes=True, icpe=True)
    assert not note_required("commune_lt_3500", votes=False, icpe=True)


@pytest.mark.parametrize("kind", ["commission_thematique", "epci_bureau", "conference_maires"])
def test_those_who_only_study_need_none(kind: str) -> None:
    assert not note_required(kind, votes=True)


def test_a_social_centre_follows_the_size_of_its_commune() -> None:
    assert note_required("ccas", votes=True, population=3_500)
    assert not note_required("ccas", votes=True, population=3_499)
