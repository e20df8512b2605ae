"""The bodies and what meets in them: a community of communes and its 38 members, real ones."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from elus.demo.days import BEFORE, RENEWAL, ident
from elus.kernel.db import Model
from elus.law.regimes import BodyType
from elus.law.seats import highest_average, municipal_seats
from elus.organizations.models import Body, LegislativeTerm, Organization, OrganizationKind, Post

DATA = Path(__file__).parent / "data"
SEATS = 62
HELPER_HOURS = "du lundi au vendredi, 9 h – 12 h et 14 h – 17 h"
HALL = "Salle du conseil, 2 rue de la Citadelle, 79200 Parthenay"
COMMITTEES = {
    "water": "Commission eau, assainissement et environnement",
    "planning": "Commission aménagement, mobilités et développement économique",
    "care": "Commission solidarités, enfance et vie locale",
}


@dataclass(frozen=True)
class Commune:
    """A member commune, as the INSEE and the DGCL know it."""

    insee: str
    siren: str
    name: str
    population: int
    postcode: str

    @property
    def seats(self) -> int:
        """Seats of its municipal council (CGCT L2121-2)."""
        return municipal_seats(self.population)

    @property
    def has_secretary(self) -> bool:
        return self.population >= 1_000


@cache
def communes() -> tuple[Commune, ...]:
    """The members, the most populous first; populations are municipal ones."""
    told = json.loads((DATA / "epci_200041333.json").read_text(encoding="utf-8"))
    found = (
        Commune(one["insee"], one["siren"], one["name"], one["population_municipal"], one["postcodes"][0])
        for one in told["members"]
    )
    return tuple(sorted(found, key=lambda one: (-one.population, one.name)))


@cache
def community_seats() -> dict[str, int]:
    """Seats of each commune by INSEE code: one each, the rest by highest average, none above half (CGCT L5211-6-1)."""
    populations = {one.insee: one.population for one in communes()}
    return highest_average(populations, SEATS, at_least_one=True, cap=SEATS // 2)


def of_town(name: str) -> str:
    """« de Parthenay », « d’Adilly », « du Tallud », « des Châteliers »."""
    for article, joined in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return joined + name.removeprefix(article)
    return ("d’" if name[0] in "AEIOUÉ" else "de ") + name


@dataclass
class Territory:
    """The rows of the demonstration, by a name one can remember."""

    group: Body
    bodies: dict[str, Body] = field(default_factory=dict)  # communes by INSEE code
    organizations: dict[str, Organization] = field(default_factory=dict)  # "council", "bureau", "79202"…
    terms: dict[tuple[str, str], LegislativeTerm] = field(default_factory=dict)  # (SIREN, "now" or "before")
    rows: list[Model] = field(default_factory=list)

    def add(self, row: Model) -> None:
        self.rows.append(row)

    def term(self, organization: Organization, day: date) -> LegislativeTerm:
        """The term of an organization's body on a day."""
        body = next(body for body in (self.group, *self.bodies.values()) if body.id == organization.body_id)
        return self.terms[body.siren, "now" if day >= RENEWAL else "before"]

    def post(self, key: str, label: str, rank: int, *, convenes: bool = False) -> Post:
        """A new post of an organization."""
        made = Post(
            id=ident("post", key, label, rank, len(self.rows)),
            organization_id=self.organizations[key].id,
            label=label,
            rank=rank,
            convenes=convenes,
        )
        self.add(made)
        return made


def build() -> Territory:
    """Bodies, terms and organizations, not saved yet."""
    told = json.loads((DATA / "epci_200041333.json").read_text(encoding="utf-8"))
    group = Body(
        id=ident("body", told["siren"]),
        name="Communauté de communes de Parthenay-Gâtine",
        body_type=BodyType.EPCI_COUNCIL,
        siren=told["siren"],
        insee=None,
        population=told["population_municipal"],
        address="2 rue de la Citadelle, 79200 Parthenay",
        helper_name="Secrétariat des assemblées",
        helper_phone="05 36 49 00 10",
        helper_hours=HELPER_HOURS,
    )
    territory = Territory(group)
    territory.add(group)
    for number, commune in enumerate(communes(), 1):
        _commune(territory, commune, number)
    _terms(territory)
    _community(territory)
    return territory


def _commune(territory: Territory, commune: Commune, number: int) -> None:
    town = Body(
        id=ident("body", commune.siren),
        name=commune.name,
        body_type=BodyType.COMMUNE_GE_3500 if commune.population >= 3_500 else BodyType.COMMUNE_LT_3500,
        siren=commune.siren,
        insee=commune.insee,
        population=commune.population,
        address=f"Mairie, 1 place de la Mairie, {commune.postcode} {commune.name}",
        group_id=territory.group.id,
        helper_name=f"Mairie {of_town(commune.name)}",
        helper_phone=f"05 36 49 {number:02d} 20",
        helper_hours="du lundi au vendredi, 9 h – 12 h",
    )
    territory.bodies[commune.insee] = town
    territory.add(town)
    council = Organization(
        id=ident("organization", commune.insee),
        body_id=town.id,
        kind=OrganizationKind.ASSEMBLY,
        name=f"Conseil municipal {of_town(commune.name)}",
        regime_type=town.body_type,
        seats=commune.seats,
        public_sittings=True,
        usual_place=f"Salle du conseil, mairie, {commune.postcode} {commune.name}",
        usual_hour="20:00" if commune.population < 1_500 else "19:00",
        default_minutes=120,
    )
    territory.organizations[commune.insee] = council
    territory.add(council)


def _terms(territory: Territory) -> None:
    for body in (territory.group, *territory.bodies.values()):
        for when, name, starts, ends in (
            ("before", "Mandat 2020-2026", BEFORE, RENEWAL - timedelta(days=1)),
            ("now", "Mandat 2026-2032", RENEWAL, None),
        ):
            term = LegislativeTerm(
                id=ident("term", body.siren, when), body_id=body.id, name=name, starts_on=starts, ends_on=ends
            )
            territory.terms[body.siren, when] = term
            territory.add(term)


def _community(territory: Territory) -> None:
    kinds = OrganizationKind
    council = _meets(territory, "council", "Conseil communautaire", kinds.ASSEMBLY, BodyType.EPCI_COUNCIL, None)
    council.seats, council.public_sittings, council.default_minutes = SEATS, True, 180
    bureau = _meets(
        territory, "bureau", "Bureau communautaire", kinds.BUREAU, BodyType.EPCI_BUREAU_DELEGATED, council, "17:30"
    )
    bureau.seats, bureau.default_minutes = 15, 120
    for key, name in COMMITTEES.items():
        _meets(territory, key, name, kinds.COMMITTEE, BodyType.COMMISSION_THEMATIQUE, council, "18:00")
    _meets(
        territory,
        "mayors",
        "Conférence des maires",
        kinds.MAYORS_CONFERENCE,
        BodyType.CONFERENCE_MAIRES,
        council,
        "17:00",
    )


def _meets(
    territory: Territory,
    key: str,
    name: str,
    kind: OrganizationKind,
    regime: BodyType,
    parent: Organization | None,
    hour: str = "18:30",
) -> Organization:
    made = Organization(
        id=ident("organization", key),
        body_id=territory.group.id,
        parent_id=parent.id if parent else None,
        kind=kind,
        name=name,
        regime_type=regime,
        usual_place=HALL,
        usual_hour=hour,
    )
    territory.organizations[key] = made
    territory.add(made)
    return made
