"""Who is to be helped, who may help, and what help is under way."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_, select
from sqlalchemy.orm import aliased

from elus.identity.models import Rescue, User
from elus.identity.queries import open_rescue
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.kernel.journal import JournalEntry
from elus.organizations.models import Body, Membership, Organization, OrganizationKind, Person, Role
from elus.organizations.queries import AT_WORK
from elus.organizations.rescues import rules
from elus.organizations.rescues.rules import Helper, Seat, Target


@dataclass(frozen=True)
class Waiting:
    """Help that waits for a second person."""

    rescue: Rescue
    person: Person
    asked_by: str


def parties(people: Iterable[uuid.UUID], day: date) -> tuple[dict[uuid.UUID, Target], dict[uuid.UUID, Helper]]:
    """What the rules need to know of each of these people on a day, as somebody to help and as a helper; two statements."""
    wanted = set(people)
    administrators = set(
        db.session.scalars(
            select(User.person_id).where(User.person_id.in_(wanted), User.administrator_since.is_not(None))
        )
    )
    rows = db.session.execute(
        select(Membership.person_id, Membership.role, Organization.id, Body.id, Body.group_id, _seats())
        .join(Membership.organization)
        .join(Organization.body)
        .where(Membership.person_id.in_(wanted), Membership.in_force(day))
    ).all()
    targets, helpers = {}, {}
    for person in wanted:
        mine = [row for row in rows if row[0] == person]
        sitting = [
            row for row in mine if row[1] in AT_WORK
        ] or mine  # only informed: it counts where there is nothing else
        seats = frozenset(Seat(row[2], row[3], row[4], row[5] or 0) for row in sitting)
        kept = frozenset(row[2] for row in mine if row[1] == Role.SECRETARY)
        targets[person] = Target(person, seats, person in administrators)
        helpers[person] = Helper(person, kept, person in administrators)
    return targets, helpers


def others(target: Target, first: Helper, day: date) -> list[tuple[str, str]]:
    """Who could give a code together with a helper, and from which authority, by name."""
    organizations = {seat.organization for seat in target.seats}
    someone = Membership.organization_id.in_(organizations) & (Membership.role == Role.SECRETARY)
    if organizations:
        found = select(Membership.person_id).where(someone, Membership.in_force(day))
    else:
        found = select(User.person_id).where(User.administrator_since.is_not(None), User.suspended_at.is_(None))
    candidates = set(db.session.scalars(found)) - {target.person, first.person}
    _, helpers = parties(candidates, day)
    able = {one for one, helper in helpers.items() if rules.together(target, first, helper)}
    where = func.coalesce(func.min(Body.name), "administration")
    rows = db.session.execute(
        select(Person.first_name, Person.last_name, where)
        .outerjoin(
            Membership,
            (Membership.person_id == Person.id) & Membership.in_force(day) & (Membership.role == Role.SECRETARY),
        )
        .outerjoin(Membership.organization)
        .outerjoin(Organization.body)
        .where(Person.id.in_(able))
        .group_by(Person.id, Person.first_name, Person.last_name)
        .order_by(Person.last_name, Person.first_name)
    )
    return [(f"{first_name} {last_name}", body) for first_name, last_name, body in rows]


def agents(target: Target, day: date) -> list[Person]:
    """All those to be told that somebody is helped: the secretariats of where the person sits, else the administrators."""
    organizations = {seat.organization for seat in target.seats}
    chosen = select(Person).where(Person.email.is_not(None), Person.id != target.person)
    if organizations:
        found = select(Membership.person_id).where(
            Membership.organization_id.in_(organizations),
            Membership.role == Role.SECRETARY,
            Membership.in_force(day),
        )
    else:
        found = select(User.person_id).where(User.administrator_since.is_not(None))
    return list(db.session.scalars(chosen.where(Person.id.in_(found)).order_by(Person.id)))


def last_entered(user_id: uuid.UUID) -> datetime | None:
    """When somebody last signed in, as far back as the journal goes (twelve months)."""
    return db.session.scalar(
        select(func.max(JournalEntry.at)).where(
            JournalEntry.subject == f"user:{user_id}", JournalEntry.action == "session_started"
        )
    )


def under_way(user_id: uuid.UUID, at: datetime) -> tuple[Rescue | None, Person | None]:
    """The help under way for an account, and who began it."""
    row = db.session.execute(
        open_rescue(user_id, at)
        .outerjoin(User, Rescue.asked_by == User.id)
        .outerjoin(Person, User.person_id == Person.id)
        .add_columns(Person)
        .order_by(Rescue.asked_at.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else (None, None)


def may_second(target: Target, first: uuid.UUID, second: Helper, day: date) -> bool:
    """Whether a helper may complete what another began."""
    _, helpers = parties({first}, day)
    return rules.together(target, helpers[first], second)


def waiting(who: Viewer) -> list[Waiting]:
    """The help that the viewer may complete, asked for by somebody else in the last half-hour; at most four statements."""
    asker = aliased(Person)
    asking = aliased(User)
    rows = db.session.execute(
        select(Rescue, Person, asker)
        .join(User, Rescue.user_id == User.id)
        .join(Person, User.person_id == Person.id)
        .join(asking, Rescue.asked_by == asking.id)
        .join(asker, asking.person_id == asker.id)
        .where(Rescue.code_hash.is_(None), Rescue.under_way(who.at), Rescue.asked_by != who.user_id)
        .order_by(Rescue.asked_at)
    ).all()
    if not rows:
        return []
    people = {row[1].id for row in rows} | {row[2].id for row in rows} | {who.person_id}
    targets, helpers = parties(people, who.day)
    return [
        Waiting(rescue, person, by.name)
        for rescue, person, by in rows
        if rules.together(targets[person.id], helpers[by.id], helpers[who.person_id])
    ]


def in_secretariat_of(who: Viewer, person_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """SQL: the viewer is today of the secretariat of an organization where that person has a membership in force."""
    mine, theirs = aliased(Membership), aliased(Membership)
    return person_id.in_(
        select(theirs.person_id)
        .join(mine, mine.organization_id == theirs.organization_id)
        .where(
            mine.person_id == who.person_id,
            mine.role == Role.SECRETARY,
            mine.in_force(who.day),
            theirs.in_force(who.day),
        )
    )


def sits_nowhere(who: Viewer, person_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """SQL: that person has no membership in force today."""
    theirs = aliased(Membership)
    return person_id.not_in(select(theirs.person_id).where(theirs.in_force(who.day)))


def may_look(who: Viewer, person_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """SQL: the viewer may be one of those who help that person."""
    secretary = in_secretariat_of(who, person_id)
    return or_(secretary, sits_nowhere(who, person_id)) if who.administrator else secretary


def _seats() -> ColumnElement[int | None]:
    """The seats of the largest assembly of a body."""
    meets = aliased(Organization)
    return (
        select(func.max(meets.seats))
        .where(meets.body_id == Body.id, meets.kind == OrganizationKind.ASSEMBLY)
        .correlate(Body)
        .scalar_subquery()
    )
