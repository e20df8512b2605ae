"""Which text governs which sitting."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from elus.law.regimes import REGIMES, BodyType, for_meeting

EPCI, SMALL, LARGE = BodyType.EPCI_COUNCIL, BodyType.COMMUNE_LT_3500, BodyType.COMMUNE_GE_3500


@pytest.mark.parametrize(
    ("kind", "facts", "name"),
    [
        (EPCI, {}, "FRANC_5"),
        (SMALL, {}, "FRANC_3"),
        (SMALL, {"icpe": True}, "FRANC_5"),
        (SMALL, {"installation": True, "icpe": True}, "FRANC_3_INSTALLATION"),
        (LARGE, {}, "FRANC_5"),
        (LARGE, {"installation": True}, "FRANC_3_INSTALLATION"),
        (EPCI, {"installation": True}, "FRANC_5"),
        (EPCI, {"reconvenes": True}, "FRANC_3_RECONVENED"),
        (EPCI, {"reconvenes": True, "urgent": True}, "FRANC_5"),
        ("epci_bureau_delegated", {}, "FRANC_5"),
        ("syndicat_mixte_ferme", {"reconvenes": True}, "FRANC_3_RECONVENED"),
        ("syndicat_mixte_ouvert", {}, "STATUTES"),
        ("syndicat_mixte_ouvert", {"own_rules": "FRANC_5"}, "RI_FRANC_5"),
        ("epci_bureau", {}, "NONE"),
        ("epci_bureau", {"own_rules": "RI_FRANC_3"}, "RI_FRANC_3"),
        ("commission_appel_offres", {"own_rules": "RI_FRANC_5"}, "RI_FRANC_5"),
        ("commission_thematique", {"reconvenes": True}, "NONE"),
        ("conference_maires", {}, "NONE"),
        ("ccas", {"reconvenes": True}, "DAYS_3"),
        ("cias", {}, "DAYS_3"),
        ("departement", {}, "DAYS_12"),
        ("region", {"urgent": True}, "DAYS_12"),
        ("commune_alsace_moselle", {}, "DAYS_3_EVE"),
        ("commune_alsace_moselle", {"own_rules": "FRANC_5"}, "FRANC_5"),
        ("municipal_councillor_copy", {}, "BEFORE_MEETING"),
    ],
)
def test_each_organization_has_its_delay(kind: str, facts: dict, name: str) -> None:
    assert for_meeting(kind, **facts).name == name


def test_own_rules_never_replace_what_the_code_sets() -> None:
    assert for_meeting(EPCI, own_rules="RI_FRANC_3").name == "FRANC_5"


def test_an_urgent_new_notice_for_a_sitting_without_quorum_remembers_that_it_reconvenes() -> None:
    assert for_meeting(EPCI, reconvenes=True, urgent=True).reconvened
    assert not for_meeting(EPCI, urgent=True).reconvened


def test_an_unknown_rule_or_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="FRANC_9"):
        for_meeting("epci_bureau", own_rules="FRANC_9")
    with pytest.raises(ValueError, match="club"):
        for_meeting("club")


@given(
    kind=some.sampled_from(BodyType),
    icpe=some.booleans(),
    reconvenes=some.booleans(),
    installation=some.booleans(),
    urgent=some.booleans(),
)
def test_every_sitting_of_every_kind_has_a_regime_with_a_label_in_french(kind, **facts) -> None:
    found = for_meeting(kind, **facts)
    assert found.name in REGIMES
    assert found.label


def test_the_vectors_name_the_kind_and_the_delay_that_go_together() -> None:
    with Path(__file__).with_name("delay_vectors.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            assert row["body_type"] in set(BodyType)
            assert row["regime"] in REGIMES
