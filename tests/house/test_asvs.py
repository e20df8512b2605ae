"""What docs say of security is what tests prove."""

from datetime import timedelta

import pytest

from elus.identity.policy import SPANS, STAYING, Standing
from elus.kernel.gate import FRESH
from tests.house import asvs, rights


def test_every_requirement_has_its_test_or_its_reason() -> None:
    proven = asvs.marks()
    missing = [one.id for one in asvs.requirements() if not one.reason and not proven.get(one.id)]
    assert not missing, f"mark the tests that prove {missing}"


def test_marks_name_requirements_we_follow() -> None:
    assert set(asvs.marks()) <= {one.id for one in asvs.requirements()}


def test_the_page_tells_the_table() -> None:
    assert asvs.table() in asvs.PAGE.read_text(encoding="utf-8"), "python -m tests.house.asvs"


@pytest.mark.asvs("V8.1.1")
def test_the_page_of_rights_tells_the_doors() -> None:
    assert rights.table() in rights.PAGE.read_text(encoding="utf-8"), "python -m tests.house.rights"


@pytest.mark.asvs("V8.1.2", "V8.1.3", "V8.1.4")
def test_the_page_of_rights_tells_fields_and_what_time_changes() -> None:
    page = " ".join(rights.PAGE.read_text(encoding="utf-8").split())
    assert "## Qui voit quel champ" in page
    member, secretariat, administrator = (
        SPANS[each] for each in (Standing.MEMBER, Standing.SECRETARIAT, Standing.ADMINISTRATOR)
    )
    assert FRESH.total_seconds() == 600
    assert "moins de dix minutes" in page
    assert (
        f"Une session d’élu dure {_hours(member.whole)} heures ({_hours(member.idle)} sans rien faire) "
        f"ou {STAYING.whole.days} jours s’il l’a demandé ; de secrétariat {_hours(secretariat.whole)} heures "
        f"({_hours(secretariat.idle)}) ; d’administrateur {_hours(administrator.whole)} heures "
        f"({int(administrator.idle.total_seconds()) // 60} minutes)."
    ) in page


def _hours(span: timedelta) -> int:
    return int(span.total_seconds()) // 3600
