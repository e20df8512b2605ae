"""The sittings of the year gone by, in the two terms, with small papers."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from elus.demo.content import SERVICE
from elus.demo.days import ident, instant, on_or_after
from elus.demo.sittings import Sitting, piece
from elus.demo.territory import COMMITTEES, DATA, Territory, communes, of_town
from elus.demo.typeset import Sheet, french, pdf
from elus.kernel.text import day as in_words
from elus.meetings.models import ItemKind, Meeting
from elus.organizations.models import Body, Organization
from elus.papers.models import PaperKind

AROUND_RENEWAL = (date(2026, 2, 21), date(2026, 4, 9))  # nobody sits while voters choose
INSTALLED = date(2026, 4, 9)
Matter = dict[str, str]  # title, summary, reason


@dataclass(frozen=True)
class Rhythm:
    """How often an organization sits, on which weekday, and what it examines."""

    key: str
    weekday: int
    weeks: int
    first: int  # days before today of the last sitting, at least
    items: int
    papers: int
    pool: str


def rhythms() -> list[Rhythm]:
    """The community's organizations, then the communes that have a secretariat."""
    found = [Rhythm("council", 3, 6, 20, 5, 4, "community"), Rhythm("bureau", 0, 4, 12, 4, 2, "bureau")]
    found += [Rhythm(key, n, 11, 17 + n, 3, 1, "committee") for n, key in enumerate(COMMITTEES, 1)]
    found.append(Rhythm("mayors", 2, 17, 30, 3, 1, "committee"))
    towns = [one.insee for one in communes() if one.has_secretary]
    found += [Rhythm(insee, n % 4, 13, 15 + 2 * n, 4, 2, "municipal") for n, insee in enumerate(towns)]
    return found


@cache
def _pool() -> dict[str, list[Matter]]:
    told: dict[str, list[Matter]] = tomllib.loads((DATA / "past.toml").read_text(encoding="utf-8"))
    return told


def start(today: date) -> date:
    """A year ago, or earlier: both terms are always seen."""
    return min(today - timedelta(days=365), date(2025, 12, 1))


def days(rhythm: Rhythm, today: date) -> list[date]:
    """When an organization sat, oldest first."""
    found, day = [], today - timedelta(days=rhythm.first + 7)
    while day > start(today):
        sat = on_or_after(day, rhythm.weekday)
        if not AROUND_RENEWAL[0] <= sat <= AROUND_RENEWAL[1] and sat < today:
            found.append(sat)
        day -= timedelta(weeks=rhythm.weeks)
    if rhythm.key == "council":
        found.append(INSTALLED)
    return sorted(set(found))


def build(territory: Territory, *, today: date) -> Iterator[Sitting]:
    """Each sitting, its papers set; nothing is saved."""
    for rhythm in rhythms():
        organization = territory.organizations[rhythm.key]
        body = next(one for one in (territory.group, *territory.bodies.values()) if one.id == organization.body_id)
        sat = days(rhythm, today)
        for place, day in enumerate(sat):
            matters = _pool()["last"] if rhythm.key == "council" and day == sat[-1] else _matters(rhythm, place)
            yield _sitting(territory, rhythm, organization, body, matters, day)


def _matters(rhythm: Rhythm, place: int) -> list[Matter]:
    """What an organization examines at its nth sitting: its pool, further at each sitting."""
    pool = _pool()[rhythm.pool]
    shift = random.Random(rhythm.key).randrange(len(pool))  # noqa: S311 — which matters, not a secret
    return [pool[(shift + place * rhythm.items + n) % len(pool)] for n in range(rhythm.items)]


def _sitting(
    territory: Territory,
    rhythm: Rhythm,
    organization: Organization,
    body: Body,
    matters: list[Matter],
    day: date,
) -> Sitting:
    starts_at = instant(day, organization.usual_hour)
    sent = instant(on_or_after(day - timedelta(days=10)), "10:20")
    installation = rhythm.key == "council" and day == INSTALLED
    made = Sitting(
        Meeting(
            id=ident("meeting", rhythm.key, day),
            organization_id=organization.id,
            term_id=territory.term(organization, day).id,
            title=organization.name,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=organization.default_minutes or 120),
            day=day,
            place=organization.usual_place,
            installation=installation,
            announced_at=sent,
            published_at=sent,
            created_at=sent - timedelta(days=12),
            changed_at=sent,
        )
    )
    if installation:
        _install(made)
    else:
        _usual(made, rhythm, body, matters)
    return made


def _install(sitting: Sitting) -> None:
    for title, kind in (
        ("Installation du conseil communautaire", ItemKind.INFORMATION),
        ("Élection de la présidente ou du président", ItemKind.ELECTION),
        ("Détermination du nombre de vice-présidents et des autres membres du bureau", ItemKind.DELIBERATION),
        ("Élection des vice-présidents et des autres membres du bureau", ItemKind.ELECTION),
        ("Lecture de la charte de l’élu local", ItemKind.INFORMATION),
        ("Délégations du conseil à la présidence et au bureau", ItemKind.DELIBERATION),
    ):
        sitting.item(title, kind=kind)


def _usual(sitting: Sitting, rhythm: Rhythm, body: Body, matters: list[Matter]) -> None:
    if rhythm.pool != "committee":
        sitting.item("Approbation du procès-verbal de la séance précédente", kind=ItemKind.MINUTES)
    for n, matter in enumerate(matters):
        told = {name: french(text) for name, text in matter.items()}
        item = sitting.item(told["title"], told["summary"].replace(". ", ".\n", 2))
        if n < rhythm.papers:
            sheet = _note(told, sitting.meeting, body, item.position)
            title = f"Note : {told['title'][0].lower()}{told['title'][1:]}"
            sitting.pieces.append((item.id, piece(title, PaperKind.NOTE, pdf(sheet), place=item.position)))
    if rhythm.pool != "committee":
        sitting.item("Questions diverses", kind=ItemKind.QUESTIONS)


def _note(told: Matter, meeting: Meeting, body: Body, place: int) -> Sheet:
    commune = body.insee is not None
    return Sheet(
        authority=f"Commune {of_town(body.name)}" if commune else body.name,
        service=body.address if commune else SERVICE,
        kind="Note explicative de synthèse",
        number=f"point n° {place}",
        title=told["title"],
        foot=f"{meeting.title} du {in_words(meeting.day)}",
        meta=[f"Séance du {in_words(meeting.day)}"],
        body=f"= Contexte\n{told['reason']}\n\n= Proposition\n{told['summary']}\n\n"
        "#encadre[Il est proposé d’en délibérer.]",
    )


def answered(day: date) -> datetime:
    """When members answered a convocation: five days before the sitting."""
    return instant(day - timedelta(days=5), "20:10")
