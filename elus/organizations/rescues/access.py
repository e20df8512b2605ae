"""Doors of the help pages."""

import uuid
from typing import Any

from sqlalchemy import select

from elus.identity.models import User
from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, signed_in
from elus.organizations.models import Person
from elus.organizations.rescues import queries


def helped(who: Viewer | None, person_id: uuid.UUID, **url: Any) -> tuple[Person, User]:
    """Gate: somebody else with an account, whom the viewer may help, alone or with another; 404 hides everybody else."""
    found = signed_in(who)
    user = one_or_404(
        select(User)
        .join(Person, User.person_id == Person.id)
        .where(Person.id == person_id, Person.id != found.person_id, queries.may_look(found, Person.id))
    )
    return one_or_404(select(Person).where(Person.id == person_id)), user
