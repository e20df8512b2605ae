"""Gates of the pages that come before both factors are proven: there is no viewer yet, and each opens one thing only."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from flask import session as cookie
from sqlalchemy import Select, bindparam, select

from elus.identity import queries
from elus.identity.models import Invitation, Session, User, hash_token
from elus.identity.policy import Standing
from elus.identity.views.loader import of_a_secretariat
from elus.kernel import clock
from elus.kernel.asking import ASKING
from elus.kernel.db import db
from elus.kernel.errors import SignInFirst
from elus.kernel.gate import Viewer
from elus.organizations.models import Person

T = TypeVar("T")
PENDING = "pending"
ENROLMENT = "enrolment"


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was proven; a plain value that survives the transaction."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    stays: bool  # « rester connecté sur cette tablette »: never staff (decision 9)
    standing: Standing


def pending_session(_who: Viewer | None, **url: Any) -> Pending:
    """Gate: the password was proven by this browser less than ten minutes ago; else the sign-in page."""
    at = clock.now()
    token_hash = hash_token(str(cookie.get(PENDING, "")))
    values = {"token_hash": token_hash, "asking_at": at, "asking_day": clock.local_day(at)}
    row = db.session.connection().execute(_pending(), values).first()
    if row is None:
        raise SignInFirst
    session_id, user_id, long_lived, administrator_since, secretary = row
    standing = Standing.of(administrator=administrator_since is not None, secretary=secretary)
    return Pending(session_id, user_id, long_lived and not standing.staff, standing)


@cache
def _pending() -> Select[*tuple[Any, ...]]:
    return (
        select(Session.id, Session.user_id, Session.long_lived, User.administrator_since, of_a_secretariat())
        .join(User, Session.user_id == User.id)
        .join(Person, User.person_id == Person.id)
        .where(
            Session.token_hash == bindparam("token_hash"),
            Session.ended_at.is_(None),
            Session.expires_at > ASKING.at,
            Session.proven_at.is_(None),
            User.suspended_at.is_(None),
        )
    )


def enrolling(_who: Viewer | None, **url: Any) -> Invitation:
    """Gate: the invitation this browser started; else the sign-in page."""
    return _found(queries.started_by(str(cookie.get(ENROLMENT, "")), clock.now()))


def linked(_who: Viewer | None, token: str) -> Invitation | None:
    """Gate: whatever a mailed link names; the page says what became of it."""
    return db.session.scalars(queries.invitation(token)).first()


def _found(selection: Select[T]) -> T:
    found = db.session.scalars(selection.limit(1)).first()
    if found is None:
        raise SignInFirst
    return found
