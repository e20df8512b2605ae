"""Who sits where: municipal councils, then the community's council, bureau, committees and conference."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from elus.demo.days import BEFORE, RENEWAL, ident
from elus.demo.names import MAN, WOMAN, Names
from elus.demo.territory import COMMITTEES, Commune, Territory, communes, community_seats
from elus.organizations.models import Channel, Membership, Person, Post, Role

PRESIDENT = "79311"  # INSEE code of the commune whose mayor presides
VICE_PRESIDENTS = {
    "79202": "des finances et de l’économie",
    "79080": "de l’eau et de l’assainissement",
    "79213": "des déchets",
    "79322": "de la voirie et de l’énergie",
    "79239": "de l’urbanisme et de l’habitat",
    "79339": "du personnel",
    "79326": "de l’enfance et des solidarités",
    "79176": "du tourisme, de la culture et du sport",
    "79135": "du climat et du bocage",
    "79008": "des mobilités",
}
BUREAU_MEMBERS = ("79208", "79225", "79197", "79347")
CHAIRS = {"water": "79080", "planning": "79239", "care": "79326"}
DEPUTIES = {7: 2, 11: 3, 15: 4, 19: 5, 23: 6, 27: 8, 29: 8, 33: 9}
FORMER_PRESIDENT = "79202"


@dataclass
class Council:
    """A municipal council by table order, and its mayor of the former term."""

    members: list[Person]
    former_mayor: Person
    stayed: set[int] = field(default_factory=set)  # places in the table already held before the renewal


@dataclass
class People:
    """Everybody, by what they are."""

    councils: dict[str, Council] = field(default_factory=dict)
    agents: dict[str, list[Person]] = field(default_factory=dict)  # "group" or INSEE code
    administrator: Person | None = None
    community: list[tuple[Person, str]] = field(default_factory=list)  # member and INSEE code of the commune
    president: Person | None = None
    vice_presidents: list[Person] = field(default_factory=list)
    former: list[Person] = field(default_factory=list)  # in office before the renewal only


def woman_or_man(person: Person, woman: str, man: str) -> str:
    """The word that agrees with a person."""
    return woman if person.civility == WOMAN else man


def ordinal(person: Person, rank: int) -> str:
    """« 1re », « 1er », « 2e »."""
    return f"{rank}e" if rank > 1 else woman_or_man(person, "1re", "1er")


class Seating:
    """Gives people their memberships, and remembers the next rank of each."""

    def __init__(self, territory: Territory, people: People) -> None:
        self.territory, self.people = territory, people

    def sit(
        self,
        person: Person,
        key: str,
        term: str,
        *,
        role: Role = Role.FULL,
        post: Post | None = None,
        order: int | None = None,
        commune: str | None = None,
    ) -> Membership:
        """One membership of one term, saved with the rest."""
        organization = self.territory.organizations[key]
        body = self.territory.bodies.get(key, self.territory.group)
        made = Membership(
            id=ident("membership", key, term, role, person.id),
            person_id=person.id,
            organization_id=organization.id,
            term_id=self.territory.terms[body.siren, term].id,
            role=role,
            post_id=post.id if post else None,
            starts_on=RENEWAL if term == "now" else BEFORE,
            ends_on=None if term == "now" else RENEWAL - timedelta(days=1),
            table_order=order,
            on_behalf_of_id=self.territory.bodies[commune].id if commune else None,
            channel=Channel.ELECTRONIC,
        )
        self.territory.add(made)
        return made


def build(territory: Territory) -> People:
    """Everybody and all memberships of both terms, not saved yet."""
    names, people = Names(), People()
    draw = random.Random(20260323)  # noqa: S311 — a draw of fiction, the same everywhere
    seating = Seating(territory, people)
    for place, commune in enumerate(communes()):
        _municipal(seating, names, draw, place, commune)
    _agents(seating, names)
    _community_now(seating)
    _community_before(seating)
    _real_life(people, territory)
    return people


def _municipal(seating: Seating, names: Names, draw: random.Random, place: int, commune: Commune) -> None:
    town = seating.territory.bodies[commune.insee]
    civilities = (WOMAN, MAN) if place % 2 == 0 else (MAN, WOMAN)  # lists alternate (electoral code, L260)
    members = [names.person(civilities[n % 2], town) for n in range(commune.seats)]
    stayed = {n for n in range(commune.seats) if draw.random() < (0.72 if n == 0 else 0.58)}
    if commune.insee in {PRESIDENT, FORMER_PRESIDENT}:
        stayed.add(0)
    former_mayor = members[0] if 0 in stayed else names.person(draw.choice((WOMAN, MAN)), town)
    seating.people.councils[commune.insee] = Council(members, former_mayor, stayed)
    for person in members:
        seating.territory.add(person)
    posts = _posts(seating.territory, commune, members)
    for n, person in enumerate(members):
        seating.sit(person, commune.insee, "now", post=posts.get(n), order=n + 1)
        if n in stayed and n > 0:
            seating.sit(person, commune.insee, "before", order=n + 1)
    if 0 not in stayed:
        seating.territory.add(former_mayor)
        seating.people.former.append(former_mayor)
    seating.sit(former_mayor, commune.insee, "before", post=posts[0], order=1)


def _posts(territory: Territory, commune: Commune, members: list[Person]) -> dict[int, Post]:
    posts = {0: territory.post(commune.insee, "Maire", 1, convenes=True)}
    for n in range(1, DEPUTIES[commune.seats] + 1):
        label = f"{ordinal(members[n], n)} {woman_or_man(members[n], 'adjointe', 'adjoint')}"
        posts[n] = territory.post(commune.insee, label, n + 1)
    return posts


def _agents(seating: Seating, names: Names) -> None:
    territory, people = seating.territory, seating.people
    rooms = {"group": ["council", "bureau", *COMMITTEES, "mayors"]}
    rooms |= {commune.insee: [commune.insee] for commune in communes() if commune.has_secretary}
    for place, (owner, keys) in enumerate(rooms.items()):
        body = territory.bodies.get(owner, territory.group)
        civilities = (WOMAN, MAN) if owner == "group" else (WOMAN,) if place % 3 else (MAN,)
        people.agents[owner] = [names.person(civility, body) for civility in civilities]
        for agent in people.agents[owner]:
            agent.commune_id = agent.address = None
            territory.add(agent)
            for key in keys:
                seating.sit(agent, key, "before", role=Role.SECRETARY)
                seating.sit(agent, key, "now", role=Role.SECRETARY)
    people.administrator = names.person(MAN, None)
    territory.add(people.administrator)


def _community_now(seating: Seating) -> None:
    territory, people = seating.territory, seating.people
    mayors = {insee: council.members[0] for insee, council in people.councils.items()}
    president = people.president = mayors[PRESIDENT]
    people.vice_presidents = [mayors[insee] for insee in VICE_PRESIDENTS]
    head = woman_or_man(president, "Présidente", "Président")
    posts = {president.id: territory.post("council", head, 1, convenes=True)}
    in_bureau = {president.id: territory.post("bureau", head, 1, convenes=True)}
    for rank, (insee, matter) in enumerate(VICE_PRESIDENTS.items(), 1):
        person = mayors[insee]
        word = woman_or_man(person, "vice-présidente chargée", "vice-président chargé")
        label = f"{ordinal(person, rank)} {word} {matter}"
        for given, key in ((posts, "council"), (in_bureau, "bureau")):
            given[person.id] = territory.post(key, label, rank + 1)
    full: dict[str, Membership] = {}
    for commune in communes():
        for n in range(community_seats()[commune.insee]):
            person = people.councils[commune.insee].members[n]
            people.community.append((person, commune.insee))
            full[commune.insee] = seating.sit(
                person, "council", "now", post=posts.get(person.id), commune=commune.insee
            )
        if community_seats()[commune.insee] == 1:  # CGCT L5211-6: the next in the table may replace the only delegate
            second = people.councils[commune.insee].members[1]
            substitute = seating.sit(second, "council", "now", role=Role.SUBSTITUTE, commune=commune.insee)
            substitute.substitute_for_id = full[commune.insee].id
    for insee in (PRESIDENT, *VICE_PRESIDENTS, *BUREAU_MEMBERS):
        seating.sit(mayors[insee], "bureau", "now", post=in_bureau.get(mayors[insee].id), commune=insee)
    _committees(seating, mayors)
    post = territory.post("mayors", head, 1, convenes=True)
    for insee, mayor in mayors.items():
        seating.sit(mayor, "mayors", "now", post=post if mayor is president else None, commune=insee)


def _committees(seating: Seating, mayors: dict[str, Person]) -> None:
    keys = list(COMMITTEES)
    chairs = {CHAIRS[key]: key for key in keys}
    for n, (person, insee) in enumerate(seating.people.community):
        key = chairs[insee] if person is mayors[insee] and insee in chairs else keys[n % 3]
        post = None
        if CHAIRS[key] == insee and person is mayors[insee]:
            label = woman_or_man(person, "Vice-présidente de la commission", "Vice-président de la commission")
            post = seating.territory.post(key, label, 1, convenes=True)
        seating.sit(person, key, "now", post=post, commune=insee)


def _community_before(seating: Seating) -> None:
    """The former term: those who stayed, the former mayors; another person presided."""
    territory, people = seating.territory, seating.people
    keys = list(COMMITTEES)
    head = woman_or_man(people.councils[FORMER_PRESIDENT].former_mayor, "Présidente", "Président")
    posts = {key: territory.post(key, head, 1, convenes=True) for key in ("council", "bureau", "mayors", *keys)}
    for place, commune in enumerate(communes()):
        insee, council = commune.insee, people.councils[commune.insee]
        others = [council.members[n] for n in sorted(council.stayed) if n > 0]
        sat = [council.former_mayor, *others][: community_seats()[insee]]
        mayor, presides = council.former_mayor, insee == FORMER_PRESIDENT
        for n, person in enumerate(sat):
            leads = presides and n == 0
            seating.sit(person, "council", "before", post=posts["council"] if leads else None, commune=insee)
            for key in keys if leads else [keys[(place + n) % 3]]:
                seating.sit(person, key, "before", post=posts[key] if leads else None, commune=insee)
        if place < 14:
            seating.sit(mayor, "bureau", "before", post=posts["bureau"] if presides else None, commune=insee)
        seating.sit(mayor, "mayors", "before", post=posts["mayors"] if presides else None, commune=insee)


def _real_life(people: People, territory: Territory) -> None:
    """Three members on paper, one without an address: what a check must show."""
    on_paper = {people.councils[insee].members[0].id for insee in ("79341", "79149", "79121")}
    homeless = people.councils["79218"].members[0]
    homeless.email = None
    for row in territory.rows:
        if isinstance(row, Membership) and row.person_id in on_paper and row.ends_on is None and row.role is Role.FULL:
            row.channel, row.channel_since = Channel.PAPER_HOME, date(2026, 4, 10)
