"""Gates of the pages that come before both factors are proven: there is no viewer yet, and each opens one thing only."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from flask import current_app
from flask import session as cookie
from sqlalchemy import Select, bindparam, select

from elus.config import Settings
from elus.identity import queries
from elus.identity.models import Invitation, PasswordReset, Session, User, hash_token
from elus.identity.policy import Standing
from elus.identity.steps import Step, next_step
from elus.identity.views.blueprint import standing_of
from elus.identity.views.loader import of_a_secretariat
from elus.identity.ways import Ways
from elus.kernel import clock
from elus.kernel.asking import ASKING
from elus.kernel.db import db
from elus.kernel.errors import SignInFirst
from elus.kernel.gate import Viewer
from elus.organizations.models import Person

T = TypeVar("T")
PENDING = "pending"
ENROLMENT = "enrolment"
RESCUE = "rescue"


@dataclass(frozen=True)
class Newcomer:
    """Somebody who sets ways in, by an invitation or after a rescue; a plain value that survives the transaction."""

    user_id: uuid.UUID
    person_id: uuid.UUID
    address: str
    ways: Ways
    since: datetime | None = None  # the rescue; what is older no longer counts
    session_id: uuid.UUID | None = None  # the restricted session of the rescue

    @property
    def step(self) -> Step:
        return next_step(self.ways)

    @property
    def rescued(self) -> bool:
        return self.since is not None


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was proven; a plain value that survives the transaction."""

    session_id: uuid.UUID
    user_id: uuid.UUID
    stays: bool  # « rester connecté sur cette tablette »: never staff (decision 9)
    standing: Standing
    code: bool  # the tablet gives codes; else a printed one is the second step


def pending_session(_who: Viewer | None, **url: Any) -> Pending:
    """Gate: the password was proven by this browser less than ten minutes ago; else the sign-in page."""
    at = clock.now()
    token_hash = hash_token(str(cookie.get(PENDING, "")))
    values = {"token_hash": token_hash, "asking_at": at, "asking_day": clock.local_day(at)}
    row = db.session.connection().execute(_pending(), values).first()
    if row is None:
        raise SignInFirst
    session_id, user_id, long_lived, code_since, administrator_since, secretary = row
    standing = Standing.of(administrator=administrator_since is not None, secretary=secretary)
    return Pending(session_id, user_id, long_lived and not standing.staff, standing, code_since is not None)


@cache
def _pending() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Session.id,
            Session.user_id,
            Session.long_lived,
            User.totp_confirmed_at,
            User.administrator_since,
            of_a_secretariat(),
        )
        .join(User, Session.user_id == User.id)
        .join(Person, User.person_id == Person.id)
        .where(
            Session.token_hash == bindparam("token_hash"),
            Session.ended_at.is_(None),
            Session.expires_at > ASKING.at,
            Session.proven_at.is_(None),
            Session.factor.is_(None),
            User.suspended_at.is_(None),
        )
    )


def enrolling(_who: Viewer | None, **url: Any) -> Newcomer:
    """Gate: the invitation this browser started, or the rescue code that served on it; else the sign-in page."""
    if token := str(cookie.get(RESCUE, "")):
        rescue = _found(queries.rescued(token, clock.now()))
        return _newcomer(rescue.user, since=rescue.opened_at, session_id=rescue.id)
    return _newcomer(_found(queries.started_by(str(cookie.get(ENROLMENT, "")), clock.now())).user)


def linked(_who: Viewer | None, token: str) -> Invitation | None:
    """Gate: whatever a mailed link names; the page says what became of it."""
    return db.session.scalars(queries.invitation(token)).first()


def resetting(_who: Viewer | None, token: str) -> PasswordReset | None:
    """Gate: whatever a mailed link to another password names; the page says what became of it."""
    return db.session.scalars(queries.reset(token)).first()


def _newcomer(user: User, *, since: datetime | None = None, session_id: uuid.UUID | None = None) -> Newcomer:
    settings: Settings = current_app.extensions["elus.settings"]
    needed = standing_of(user, clock.now()).staff and settings.staff_needs_passkey
    ways = queries.ways_of(user, since=since, needs_passkey=needed)
    return Newcomer(user.id, user.person_id, user.email, ways, since=since, session_id=session_id)


def _found(selection: Select[T]) -> T:
    found = db.session.scalars(selection.limit(1)).first()
    if found is None:
        raise SignInFirst
    return found
