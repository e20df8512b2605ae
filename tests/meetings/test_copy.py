from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from elus.kernel.db import db, transaction
from elus.meetings.actions import Agenda, copy
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.meetings.paste import kind_of
from elus.organizations.models import Organization
from tests import factories as make
from tests.conftest import AT
from tests.meetings.conftest import BY, facts

TITLES = (
    "Désignation d’un secrétaire de séance",
    "Approbation du procès-verbal de la séance du 9 septembre 2026",
    "Compte rendu des décisions prises par délégation",
    "Tarifs de l’eau 2027",
    "Questions diverses",
)


def past(council: Organization) -> Meeting:
    meeting = make.meeting(council, day=date(2026, 10, 14), titles=TITLES, papers=[make.file()])
    with transaction():
        for item in db.session.scalars(select(AgendaItem)):
            item.kind = kind_of(item.title)
    return meeting


def test_what_comes_back_at_every_sitting_is_copied_with_the_date_of_the_last_one(
    council: Organization, agenda: Callable[..., list[str]]
) -> None:
    source = past(council)
    with transaction():
        made = copy(source.id, facts(), Agenda.STANDING, by=BY, at=AT)
    assert agenda(made.id) == [
        TITLES[0],
        "Approbation du procès-verbal de la séance du 14 octobre 2026",
        TITLES[2],
        TITLES[4],
    ]


def test_the_whole_agenda_is_copied_without_its_papers(council: Organization, agenda: Callable[..., list[str]]) -> None:
    source = past(council)
    with transaction():
        made = copy(source.id, facts(), Agenda.WHOLE, by=BY, at=AT)
    assert len(agenda(made.id)) == 6
    assert agenda(source.id)[2] == TITLES[1]
    assert db.session.scalars(select(Consultation).where(Consultation.meeting_id == made.id)).all() == []


def test_an_empty_copy_takes_the_organization_only(council: Organization, agenda: Callable[..., list[str]]) -> None:
    source = past(council)
    with transaction():
        made = copy(source.id, facts(), Agenda.EMPTY, by=BY, at=AT)
    assert (made.organization_id, agenda(made.id)) == (source.organization_id, [])
