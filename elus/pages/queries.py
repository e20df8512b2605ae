"""Who publishes this portal, and whom to call."""

from collections.abc import Sequence

from sqlalchemy import select

from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.organizations.models import Body, Membership, Organization


def publisher() -> Body | None:
    """The authority that runs the portal: the one that belongs to no group, else the first; None on an empty installation."""
    return db.session.scalars(select(Body).order_by(Body.group_id.is_not(None), Body.name).limit(1)).first()


def helpers(who: Viewer | None) -> Sequence[Body]:
    """The authorities whose helper one may call: mine, and the one that runs the portal for everybody."""
    first = publisher()
    found = [first] if first is not None and first.helper_name else []
    if who is None:
        return found
    mine = db.session.scalars(
        select(Body)
        .join(Organization, Organization.body_id == Body.id)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.person_id == who.person_id, Membership.in_force(who.day), Body.helper_name.is_not(None))
        .distinct()
        .order_by(Body.name)
    )
    return [body for body in mine if first is None or body.id != first.id] + found
