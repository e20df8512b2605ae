"""Letters about a rescue: to the person, and to every agent who answers for the person; never the code."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from elus.identity import mails
from elus.identity.models import Rescue, User
from elus.identity.origin import Origin
from elus.kernel.db import db
from elus.organizations.models import Person
from elus.organizations.rescues import queries
from elus.organizations.rescues.rules import Target


def tell_issued(rescue: Rescue, target: Target, *, day: date, at: datetime) -> None:
    """A code exists: the person and all secretariats concerned learn who gave it, and why."""
    user = db.session.get_one(User, rescue.user_id)
    names = _names(rescue)
    facts: dict[str, Any] = {
        "helpers": " et ".join(names),
        "several": len(names) > 1,
        "reason": rescue.reason,
        "until": rescue.expires_at,
    }
    mails.tell(user, "rescue_issued", at=at, **facts)
    person = db.session.get_one(Person, user.person_id)
    for agent in queries.agents(target, day):
        mails.post("rescue_told", address=str(agent.email), person_id=agent.id, at=at, person=person, **facts)


def tell_used(user: User, *, origin: Origin, at: datetime) -> None:
    """The code has served: the person learns from which device."""
    mails.tell(user, "rescue_used", at=at, origin=origin)


def _names(rescue: Rescue) -> list[str]:
    """Who gave the code, in the order in which they acted; none when it came from the console."""
    acted = [one for one in (rescue.asked_by, rescue.seconded_by) if one]
    people = db.session.execute(
        select(User.id, Person).join(Person, User.person_id == Person.id).where(User.id.in_(acted))
    ).all()
    found = {user_id: person.formal_name for user_id, person in people}
    return [found[one] for one in acted]
