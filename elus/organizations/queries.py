"""What is asked about people, their memberships and their accounts: who sits, who is in office on a day, who convenes."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from elus.identity.models import Invitation, User
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.organizations import access
from elus.organizations.models import (
    Body,
    LegislativeTerm,
    Membership,
    Organization,
    OrganizationKind,
    Person,
    Post,
    Role,
)

PAGE = 50
IN_OFFICE = (Role.FULL, Role.SUBSTITUTE)
AT_WORK = (*IN_OFFICE, Role.SECRETARY)
"""Who sits or works in an organization, and so has an account to open; neither the informed nor the guests."""


@dataclass(frozen=True)
class Group:
    """An organization the viewer manages, with how many people it has and how many were never invited."""

    organization: Organization
    people: int
    never_invited: int


@dataclass(frozen=True)
class Row:
    """A person in an organization, and where their account stands."""

    membership: Membership
    commune: str | None
    account_address: str | None
    active: bool
    invited_at: datetime | None

    @property
    def person(self) -> Person:
        return self.membership.person

    @property
    def address(self) -> str | None:
        return self.person.email or self.account_address


def memberships_of(person_id: uuid.UUID, on: date) -> list[Membership]:
    """What a person sits in on a day, assemblies first."""
    found = db.session.scalars(
        select(Membership)
        .join(Membership.organization)
        .join(Organization.body)
        .where(Membership.person_id == person_id, Membership.in_force(on))
        .options(contains_eager(Membership.organization).contains_eager(Organization.body), joinedload(Membership.post))
        .order_by(*place())
    )
    return list(found)


def full_name(organization: Organization) -> str:
    """« Conseil municipal, Thénezay »: the organization with its authority, unless its name already says it."""
    body = organization.body.name
    return organization.name if body in organization.name else f"{organization.name}, {body}"


def is_secretary(person_id: uuid.UUID, on: date) -> bool:
    """Whether a person is of some secretariat on a day."""
    return (
        db.session.scalar(
            select(Membership.id)
            .where(Membership.person_id == person_id, Membership.role == Role.SECRETARY, Membership.in_force(on))
            .limit(1)
        )
        is not None
    )


def groups(who: Viewer) -> list[Group]:
    """The organizations the viewer manages, with their figures, in one statement."""
    never = case((Person.email.is_not(None) & User.activated_at.is_(None) & never_invited(), 1), else_=0)
    rows = db.session.execute(
        access.managed(who)
        .join(Membership, Membership.organization_id == Organization.id)
        .join(Person, Membership.person_id == Person.id)
        .outerjoin(User, User.person_id == Person.id)
        .join(Organization.body)
        .where(Membership.in_force(who.day))
        .options(contains_eager(Organization.body))
        .add_columns(func.count(), func.sum(never))
        .group_by(Organization.id, Body.id)
        .order_by(*place())
    )
    return [Group(organization, people, int(never_invited)) for organization, people, never_invited in rows]


def people(who: Viewer, *, organization_id: uuid.UUID | None, name: str, page: int) -> list[Row]:
    """One page of the people of the organizations the viewer manages, and one more to know whether there is another."""
    commune, represented = aliased(Body), aliased(Body)
    last = select(func.max(Invitation.created_at)).where(Invitation.user_id == User.id).scalar_subquery()
    selection = (
        select(Membership, func.coalesce(represented.name, commune.name), User.email, User.activated_at, last)
        .join(Membership.organization)
        .join(Organization.body)
        .join(Membership.person)
        .outerjoin(Membership.post)
        .outerjoin(commune, Person.commune_id == commune.id)
        .outerjoin(represented, Membership.on_behalf_of_id == represented.id)
        .outerjoin(User, User.person_id == Person.id)
        .where(access.is_secretary_of(who, Organization.id), Membership.in_force(who.day))
        .options(
            contains_eager(Membership.organization).contains_eager(Organization.body),
            contains_eager(Membership.person),
            contains_eager(Membership.post),
        )
        .order_by(*place(), Membership.role == Role.SECRETARY, func.coalesce(Post.rank, 99), Person.last_name)
        .order_by(Person.first_name, Membership.id)
        .limit(PAGE + 1)
        .offset(PAGE * (page - 1))
    )
    if organization_id:
        selection = selection.where(Organization.id == organization_id)
    selection = selection.where(*is_called(name))
    return [Row(m, c, address, bool(active), at) for m, c, address, active, at in db.session.execute(selection)]


def in_office(organization_id: uuid.UUID, day: date) -> Select[Membership]:
    """Full members then substitutes in office that day, in the order of the table (« ordre du tableau », CGCT L2121-1)."""
    return (
        select(Membership)
        .join(Person, Membership.person_id == Person.id)
        .outerjoin(Post, Membership.post_id == Post.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role.in_(IN_OFFICE),
            Membership.in_force(day),
        )
        .order_by(
            case((Membership.role == Role.FULL, 0), else_=1),
            Membership.table_order.is_(None),
            Membership.table_order,
            Post.rank.is_(None),
            Post.rank,
            Person.last_name,
            Person.first_name,
            Membership.id,
        )
    )


def members_on(organization_id: uuid.UUID, day: date) -> list[Membership]:
    """Those in office that day, each with person, post and commune represented in one query (recipients: CGCT L2121-10, L5211-6)."""
    return list(
        db.session.scalars(
            in_office(organization_id, day).options(
                joinedload(Membership.person), joinedload(Membership.post), joinedload(Membership.on_behalf_of)
            )
        )
    )


def convener(organization_id: uuid.UUID, day: date) -> Membership | None:
    """The mayor or president in office that day, who convenes (CGCT L2121-10, L5211-11); None when the seat is empty."""
    return db.session.scalars(
        in_office(organization_id, day)
        .where(Post.convenes.is_(True))
        .options(joinedload(Membership.person), joinedload(Membership.post))
        .limit(1)
    ).first()


def term_on(body_id: uuid.UUID, day: date) -> LegislativeTerm | None:
    """The term (« mandature ») a day falls in; the latest begun when two touch."""
    return db.session.scalars(
        select(LegislativeTerm)
        .where(
            LegislativeTerm.body_id == body_id,
            LegislativeTerm.starts_on <= day,
            or_(LegislativeTerm.ends_on.is_(None), LegislativeTerm.ends_on >= day),
        )
        .order_by(LegislativeTerm.starts_on.desc())
        .limit(1)
    ).first()


def never_invited() -> ColumnElement[bool]:
    """SQL: no invitation was ever posted to the account (`User`) of the query around."""
    return ~exists().where(Invitation.user_id == User.id)


def is_called(name: str) -> list[ColumnElement[bool]]:
    """SQL: each word typed stands in the first or last name of the person of the query around."""
    likes = [f"%{word.replace('%', '').replace('_', '')}%" for word in name.split()]
    return [or_(Person.last_name.ilike(like), Person.first_name.ilike(like)) for like in likes]


def place() -> tuple[Any, ...]:
    """Organizations in the order people expect: the community first, then communes; councils before committees."""
    return (
        Body.group_id.is_not(None),
        Body.name,
        Organization.kind != OrganizationKind.ASSEMBLY,
        Organization.name,
        Organization.id,
    )
