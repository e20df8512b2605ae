"""Who is still to be invited on paper, and what their letter says."""

import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import contains_eager, joinedload

from elus.identity.models import User
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.organizations import access, contact, queries
from elus.organizations.models import Body, Membership, Organization, Person, WelcomeBatch

ROOM_FOR_NAMES = 190  # signs: a letter holds on one page
BATCHES_SHOWN = 10


@dataclass(frozen=True)
class Waiting:
    """How many people of an organization have never opened their account, and how many of them no letter can help."""

    organization: Organization
    people: int
    without_address: int


@dataclass(frozen=True)
class Told:
    """A person, and what their letter says, but for the code."""

    person_id: uuid.UUID
    name: str
    last_name: str
    civility: str
    commune: str
    address: tuple[str, ...]
    assemblies: tuple[str, ...]
    others: int  # assemblies there is no room to name
    sender: str
    sender_address: str
    helper: str | None


def waiting(who: Viewer) -> list[Waiting]:
    """The organizations the viewer manages where somebody never opened an account, in one statement."""
    rows = db.session.execute(
        access.managed(who)
        .join(Membership, Membership.organization_id == Organization.id)
        .join(Person, Membership.person_id == Person.id)
        .outerjoin(User, User.person_id == Person.id)
        .join(Organization.body)
        .where(Membership.in_force(who.day), Membership.role.in_(queries.AT_WORK), User.activated_at.is_(None))
        .options(contains_eager(Organization.body))
        .add_columns(func.count(), func.sum(case((Person.email.is_(None), 1), else_=0)))
        .group_by(Organization.id, Body.id)
        .order_by(*queries.place())
    )
    return [Waiting(organization, people, int(without)) for organization, people, without in rows]


def never_activated(day: date) -> Select[uuid.UUID]:
    """People in office that day who never opened their account, and who have the address an account needs."""
    return (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(User, User.person_id == Person.id)
        .where(
            Membership.in_force(day),
            Membership.role.in_(queries.AT_WORK),
            Person.email.is_not(None),
            User.activated_at.is_(None),
            User.suspended_at.is_(None),
        )
        .distinct()
    )


def of_organization(selection: Select[uuid.UUID], organization_id: uuid.UUID) -> Select[uuid.UUID]:
    """Those of one organization."""
    return selection.where(Membership.organization_id == organization_id)


def managed_by(selection: Select[uuid.UUID], person_id: uuid.UUID, day: date) -> Select[uuid.UUID]:
    """Those of the organizations somebody is the secretariat of, that day."""
    return selection.where(access.secretary_of(person_id, day, Membership.organization_id))


def how_many(who: Viewer) -> int:
    """How many letters there would be for all the organizations the viewer manages: one a person."""
    mine = managed_by(never_activated(who.day), who.person_id, who.day)
    return db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0


def all_managed(person_ids: Collection[uuid.UUID], person_id: uuid.UUID, day: date) -> bool:
    """Whether somebody is of the secretariat of an organization of each of these people, that day."""
    found = db.session.scalars(
        select(Membership.person_id)
        .where(
            Membership.person_id.in_(person_ids),
            Membership.in_force(day),
            access.secretary_of(person_id, day, Membership.organization_id),
        )
        .distinct()
    )
    return set(found) == set(person_ids)


def still_asked(batch: WelcomeBatch, day: date) -> list[uuid.UUID]:
    """Those of a batch who still wait for a letter, and whom its asker may still invite: rights are looked at again when it is made."""
    asker = db.session.scalars(
        select(User.person_id).where(User.id == batch.asked_by, User.suspended_at.is_(None))
    ).first()
    if asker is None:
        return []
    asked = {uuid.UUID(identifier) for identifier in batch.people}
    return [found for found in db.session.scalars(managed_by(never_activated(day), asker, day)) if found in asked]


def batches_of(who: Viewer) -> list[WelcomeBatch]:
    """What the viewer asked for and may still hear of, the last first."""
    return list(
        db.session.scalars(
            select(WelcomeBatch)
            .where(WelcomeBatch.asked_by == who.user_id, WelcomeBatch.expires_at > who.at)
            .order_by(WelcomeBatch.asked_at.desc())
            .limit(BATCHES_SHOWN)
        )
    )


def told(person_ids: Collection[uuid.UUID], day: date) -> list[Told]:
    """What their letters say, sorted by commune then name, in two statements."""
    seats: dict[uuid.UUID, list[Membership]] = defaultdict(list)
    rows = db.session.scalars(
        select(Membership)
        .join(Membership.organization)
        .join(Organization.body)
        .where(Membership.person_id.in_(person_ids), Membership.role.in_(queries.AT_WORK), Membership.in_force(day))
        .options(contains_eager(Membership.organization).contains_eager(Organization.body))
        .order_by(*queries.place())
    )
    for seat in rows:
        seats[seat.person_id].append(seat)
    people = db.session.scalars(select(Person).where(Person.id.in_(person_ids)).options(joinedload(Person.commune)))
    return sorted((_told(person, seats[person.id]) for person in people if seats[person.id]), key=_by_commune)


def _told(person: Person, seats: list[Membership]) -> Told:
    sender = seats[0].organization.body
    names = dict.fromkeys(_called(seat.organization, sender) for seat in seats)
    return Told(
        person_id=person.id,
        name=person.name,
        last_name=person.last_name,
        civility=person.civility,
        commune=person.commune.name if person.commune else "",
        address=_lines(person.address),
        assemblies=_named(list(names)),
        others=len(names) - len(_named(list(names))),
        sender=sender.name,
        sender_address=sender.address,
        helper=_helper(sender),
    )


def _called(organization: Organization, sender: Body) -> str:
    """Its name alone when the authority that writes is its own, which the head of the letter already says."""
    return organization.name if organization.body_id == sender.id else queries.full_name(organization)


def _named(names: list[str]) -> tuple[str, ...]:
    """As many names as there is room for, one at least."""
    return tuple(name for n, name in enumerate(names) if n == 0 or len(" ; ".join(names[: n + 1])) <= ROOM_FOR_NAMES)


def _helper(sender: Body) -> str | None:
    """Whom to call: the helper of the authority that writes, else the portal's."""
    known = (sender.helper_name, sender.helper_phone, sender.helper_hours)
    portal = contact.helper()
    if not sender.helper_name and portal:
        known = (portal.name, portal.phone, portal.hours)
    return ", ".join(part for part in known if part) or None


def _lines(address: str | None) -> tuple[str, ...]:
    """The lines of a postal address: one per line, or cut at its commas."""
    parts = (address or "").replace(", ", "\n").splitlines()
    return tuple(part.strip() for part in parts if part.strip())


def _by_commune(told: Told) -> tuple[str, ...]:
    return tuple(_folded(word) for word in (told.commune, told.last_name, told.name, str(told.person_id)))


def _folded(word: str) -> str:
    """Without accents nor case, as an index is sorted."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign)).casefold()
