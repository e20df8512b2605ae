"""From the cookie to the viewer: one query per request; nobody is signed in before both factors are proven."""

import contextlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import Exists, Select, bindparam, exists, func, select, update
from sqlalchemy.exc import OperationalError

from elus.config import Settings
from elus.identity import passwords
from elus.identity.models import Session, User, hash_token
from elus.identity.policy import Standing, is_over
from elus.kernel import clock
from elus.kernel.asking import ASKING
from elus.kernel.db import db, transaction
from elus.kernel.errors import SignInFirst
from elus.kernel.gate import Viewer, to_sign_in
from elus.organizations.models import Membership, Person, Role

SEEN_EVERY = timedelta(minutes=5)
login = LoginManager()


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login is untyped
    """What Flask-Login keeps for one request: a session that proved both factors."""

    token: str
    session_id: uuid.UUID
    user_id: uuid.UUID
    person_id: uuid.UUID
    name: str
    administrator: bool
    secretary: bool
    seen_at: datetime
    fresh_at: datetime
    factor: str
    client: str
    long_lived: bool
    device_id: uuid.UUID | None

    def get_id(self) -> str:
        return self.token

    def as_viewer(self, at: datetime) -> Viewer:
        return Viewer(
            user_id=self.user_id,
            person_id=self.person_id,
            session_id=self.session_id,
            name=self.name,
            at=at,
            day=clock.local_day(at),
            fresh_at=self.fresh_at,
            factor=self.factor,
            client=self.client,
            administrator=self.administrator,
            secretary=self.secretary,
        )


@login.user_loader  # type: ignore[untyped-decorator]  # Flask-Login is untyped
def load(token: str) -> SignedIn | None:
    """The live, fully proven session of a token, with what every page needs."""
    at = clock.now()
    parameters = {
        "token_hash": hash_token(token),
        "asking_at": at,
        "asking_day": clock.local_day(at),
    }
    row = db.session.connection().execute(_selection(), parameters).first()
    if row is None:
        return None
    session_id, opened_at, seen_at, fresh_at, factor, client, long_lived, device_id, *account = row
    user_id, administrator_since, person_id, first, last, secretary = account
    standing = Standing.of(administrator=administrator_since is not None, secretary=secretary)
    if is_over(standing, long_lived, opened_at=opened_at, seen_at=seen_at, at=at):
        return None  # by the standing of now: whoever became staff meanwhile loses the thirty days
    return SignedIn(
        token=token,
        session_id=session_id,
        user_id=user_id,
        person_id=person_id,
        name=f"{first} {last}",
        administrator=administrator_since is not None,
        secretary=secretary,
        seen_at=seen_at,
        fresh_at=fresh_at,
        factor=factor,
        client=client,
        long_lived=long_lived,
        device_id=device_id,
    )


@cache
def _selection() -> Select[*tuple[Any, ...]]:
    """Built once: every request of the portal runs it."""
    secretary = of_a_secretariat()
    return (
        select(
            Session.id,
            Session.opened_at,
            Session.seen_at,
            func.coalesce(Session.fresh_at, Session.proven_at),
            Session.factor,
            Session.client,
            Session.long_lived,
            Session.device_id,
            User.id,
            User.administrator_since,
            Person.id,
            Person.first_name,
            Person.last_name,
            secretary,
        )
        .join(User, Session.user_id == User.id)
        .join(Person, User.person_id == Person.id)
        .where(
            Session.token_hash == bindparam("token_hash"),
            Session.ended_at.is_(None),
            Session.expires_at > ASKING.at,
            Session.proven_at.is_not(None),
            User.opens(),
        )
    )


def of_a_secretariat() -> Exists:
    """SQL: the person of the query around is of some secretariat on the day one asks."""
    return exists().where(
        Membership.person_id == Person.id,
        Membership.role == Role.SECRETARY,
        Membership.in_force(ASKING.day),
    )


def _touch() -> None:
    """Remember, at most every five minutes, that a session is in use."""
    if request.endpoint == "static_file":
        return
    if not current_user.is_authenticated or clock.now() - current_user.seen_at < SEEN_EVERY:
        return
    with contextlib.suppress(OperationalError), transaction():  # a full disk does not stop the reading
        db.session.execute(update(Session).where(Session.id == current_user.session_id).values(seen_at=clock.now()))


def install(app: Flask) -> None:
    """Give the application its viewers."""
    settings: Settings = app.extensions["elus.settings"]
    passwords.CORES.share(settings.instance / "cores")
    login.init_app(app)
    login.session_protection = None
    app.before_request(_touch)
    app.register_error_handler(SignInFirst, to_sign_in)
