"""What one may see and do by one's memberships; every list, page and feed starts from these sets."""

import uuid
from datetime import date

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, select
from sqlalchemy.orm import aliased

from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, signed_in
from elus.organizations.models import Membership, Organization, Person, Role


def is_secretary_of(who: Viewer, organization_id: SQLColumnExpression[uuid.UUID]) -> ColumnElement[bool]:
    """SQL: the viewer is of the secretariat of that organization today.

    A set found once per query, from the person: asked row by row, SQLite may look through all members of each organization.
    """
    return secretary_of(who.person_id, who.day, organization_id)


def secretary_of(
    person_id: uuid.UUID, day: date, organization_id: SQLColumnExpression[uuid.UUID]
) -> ColumnElement[bool]:
    """SQL: somebody, who may not be looking, is of the secretariat of that organization on a day."""
    mine = aliased(Membership)  # the query around may look at other people's memberships
    return organization_id.in_(
        select(mine.organization_id).where(mine.person_id == person_id, mine.role == Role.SECRETARY, mine.in_force(day))
    )


def managed(who: Viewer) -> Select[Organization]:
    """The organizations whose meetings the viewer prepares."""
    return select(Organization).where(is_secretary_of(who, Organization.id))


def secretariat(who: Viewer | None) -> Viewer:
    """Gate of the secretariat's pages; gives the viewer."""
    found = signed_in(who)
    one_or_404(managed(found))
    return found


def managed_organization(who: Viewer | None, organization_id: uuid.UUID) -> Organization:
    """Gate: an organization of which the viewer is the secretariat."""
    return one_or_404(managed(signed_in(who)).where(Organization.id == organization_id))


def invitable_person(who: Viewer | None, person_id: uuid.UUID) -> Person:
    """Gate: a person in office in an organization of which the viewer is the secretariat."""
    found = signed_in(who)
    return one_or_404(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Person.id == person_id,
            Membership.in_force(found.day),
            is_secretary_of(found, Membership.organization_id),
        )
    )
