"""The sittings to come: a council ready to be published, one announced, a bureau in draft."""

from datetime import date, datetime, timedelta

from elus.demo import content, drawn
from elus.demo.days import ident, instant, on_or_after
from elus.demo.people import People, woman_or_man
from elus.demo.sittings import Sitting, piece
from elus.demo.territory import Territory
from elus.demo.typeset import pdf
from elus.meetings.models import ItemKind, Meeting
from elus.organizations.models import Organization
from elus.papers.models import PaperKind

READY, ANNOUNCED, DRAFT = (ident("meeting", key) for key in ("ready", "announced", "draft"))
SET = {"": pdf, "scan": drawn.scan, "plans": drawn.plans}


def days(today: date) -> dict[str, date]:
    """When the three sittings are: in 14 days, seven weeks and four weeks, or the first plausible day after."""
    return {
        "ready": on_or_after(today + timedelta(days=14)),
        "announced": on_or_after(today + timedelta(days=49), 3),
        "draft": on_or_after(today + timedelta(days=28), 0),
    }


def rapporteurs(people: People) -> list[str]:
    """The president, then the vice-presidents in their order, as a note names them."""
    assert people.president is not None
    head = woman_or_man(people.president, "présidente", "président")
    named = [f"{people.president.formal_name}, {head}"]
    for rank, person in enumerate(people.vice_presidents, 1):
        place = f"{rank}e" if rank > 1 else woman_or_man(person, "1re", "1er")
        named.append(f"{person.formal_name}, {place} {woman_or_man(person, 'vice-présidente', 'vice-président')}")
    return named


def build(territory: Territory, people: People, *, at: datetime, today: date) -> list[Sitting]:
    """The three sittings, papers set and drawn; nothing is saved yet."""
    when = days(today)
    council, bureau = territory.organizations["council"], territory.organizations["bureau"]
    ready = Sitting(_meeting(territory, council, "ready", when["ready"], at))
    names = rapporteurs(people)
    for place, told in enumerate(content.council(territory, when["ready"], names), 1):
        _ready_item(ready, told, place, names)
    announced = Sitting(_meeting(territory, council, "announced", when["announced"], at))
    announced.meeting.announced_at = at - timedelta(days=6)
    announced.item("Approbation du procès-verbal de la séance précédente", kind=ItemKind.MINUTES)
    announced.item("Débat sur les orientations budgétaires", rapporteur=names[1], kind=ItemKind.DELIBERATION)
    draft = Sitting(_meeting(territory, bureau, "draft", when["draft"], at))
    for title in (
        "Préparation du prochain conseil communautaire",
        "Demandes de subvention au titre de la dotation d’équipement des territoires ruraux",
        "Baux des ateliers-relais de Secondigny et de Thénezay",
        "Marché d’entretien des espaces verts : avenant n° 1",
    ):
        draft.item(title)
    return [ready, announced, draft]


def _meeting(territory: Territory, organization: Organization, key: str, day: date, at: datetime) -> Meeting:
    return Meeting(
        id=ident("meeting", key),
        organization_id=organization.id,
        term_id=territory.term(organization, day).id,
        title=organization.name,
        starts_at=instant(day, organization.usual_hour),
        day=day,
        place=organization.usual_place,
        created_at=at - timedelta(days=9),
        changed_at=at - timedelta(days=1),
    )


def _ready_item(sitting: Sitting, told: content.Item, place: int, names: list[str]) -> None:
    item = sitting.item(told.title, told.summary, names[told.rapporteur - 1], told.kind, told.visibility)
    item.closed_session_planned, item.sensitive = told.closed_session_planned, told.sensitive
    annexes = 0
    for draft in told.papers:
        annexes += draft.kind in (PaperKind.ANNEX, PaperKind.REPORT)
        number = annexes if draft.kind in (PaperKind.ANNEX, PaperKind.REPORT) else 0
        made = piece(draft.title, draft.kind, SET[draft.drawn](draft.sheet), place=place, annex=number)
        sitting.pieces.append((item.id, made))
