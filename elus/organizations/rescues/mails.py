"""Letters about a rescue: to the person, and to every agent who answers for the person; never the code."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from elus.identity import mails
from elus.identity.models import Rescue, User
from elus.kernel.db import db
from elus.organizations.actions import words_for
from elus.organizations.models import Person
from elus.organizations.rescues import queries
from elus.organizations.rescues.rules import Target


def tell_issued(rescue: Rescue, target: Target, *, day: date, at: datetime) -> None:
    """A code exists: the person and all secretariats concerned learn who gave it, and why."""
    user = db.session.get_one(User, rescue.user_id)
    facts = {"helpers": _names(rescue), "reason": rescue.reason, "until": rescue.expires_at}
    _tell("rescue_issued", user, at=at, **facts)
    person = db.session.get_one(Person, user.person_id)
    for agent in queries.agents(target, day):
        mails.post(
            "rescue_told",
            address=str(agent.email),
            person_id=agent.id,
            words=words_for(agent, at=at),
            facts={**facts, "person": person},
            at=at,
        )


def tell_used(user: User, *, client: str, at: datetime) -> None:
    """The code has served: the person learns from which device."""
    _tell("rescue_used", user, at=at, client=client)


def _tell(template: str, user: User, *, at: datetime, **facts: Any) -> None:
    words = words_for(db.session.get_one(Person, user.person_id), at=at)
    mails.post(template, address=user.email, person_id=user.person_id, words=words, facts=facts, at=at)


def _names(rescue: Rescue) -> list[str]:
    """Who gave the code, in the order in which they acted; none when it came from the console."""
    acted = [one for one in (rescue.asked_by, rescue.seconded_by) if one]
    people = db.session.execute(
        select(User.id, Person).join(Person, User.person_id == Person.id).where(User.id.in_(acted))
    ).all()
    found = {user_id: person.formal_name for user_id, person in people}
    return [found[one] for one in acted]
