"""What changes for the people of an organization: their way into the portal."""

import contextlib
import uuid
from datetime import datetime

from sqlalchemy import select

from elus.identity import actions as identity
from elus.identity.mails import Words
from elus.identity.models import Invitation, User
from elus.kernel import clock
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.organizations import contact, queries
from elus.organizations.models import Membership, Person

PORTAL = "Portail Élus"


def invite(person: Person, *, by: uuid.UUID | None, at: datetime) -> Invitation:
    """Post an invitation, making the account if needed; Refused("no_address"), ("address_taken"), ("already_active") or ("suspended")."""
    user = identity.create_account(person, at=at)
    return identity.invite(user, words_for(person, at=at), by=by, at=at)


def invite_missing(organization_id: uuid.UUID, *, by: uuid.UUID | None, at: datetime) -> tuple[int, int]:
    """Invite those of an organization who have an address and were never invited; says how many, and how many are left.

    Two people with one address (a couple, a town hall) cannot have two accounts: the second is left, nobody else is.
    """
    missing = (
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .outerjoin(User, User.person_id == Person.id)
            .where(
                Membership.organization_id == organization_id,
                Membership.in_force(clock.local_day(at)),
                Membership.role.in_(queries.AT_WORK),
                Person.email.is_not(None),
                User.activated_at.is_(None),
                User.suspended_at.is_(None),
                queries.never_invited(),
            )
            .order_by(Person.last_name, Person.id)
        )
        .unique()
        .all()
    )
    invited = 0
    for person in missing:
        with contextlib.suppress(Refused):
            invite(person, by=by, at=at)
            invited += 1
    return invited, len(missing) - invited


def words_for(person: Person, *, at: datetime) -> Words:
    """What a letter says of somebody: name, assemblies, who writes, whom to call."""
    seats = queries.memberships_of(person.id, clock.local_day(at))
    names = dict.fromkeys(queries.full_name(seat.organization) for seat in seats)
    call = contact.helper()
    return Words(
        name=person.name,
        assemblies=tuple(names),
        sender=seats[0].organization.body.name if seats else PORTAL,
        helper=", ".join(part for part in (call.name, call.phone, call.hours) if part) if call else None,
    )
