"""From the cookie to the viewer: one query per request; nobody is signed in before both factors are proven."""

import contextlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import exists, or_, select, update
from sqlalchemy.exc import OperationalError

from elus.identity.actions.sessions import ORDINARY
from elus.identity.models import Session, User, hash_token
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import SignInFirst
from elus.kernel.gate import Viewer, to_sign_in
from elus.organizations.models import Membership, Person, Role

SEEN_EVERY = timedelta(minutes=5)
IDLE = timedelta(hours=4)  # longer than a sitting; the 30-day sessions of members are not concerned
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
    long_lived: bool

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
            administrator=self.administrator,
            secretary=self.secretary,
        )


@login.user_loader  # type: ignore[untyped-decorator]  # Flask-Login is untyped
def load(token: str) -> SignedIn | None:
    """The live, fully proven session of a token, with what every page needs."""
    at = clock.now()
    secretary = exists().where(
        Membership.person_id == Person.id, Membership.role == Role.SECRETARY, Membership.in_force(clock.local_day(at))
    )
    row = db.session.execute(
        select(Session, User, Person, secretary)
        .join(User, Session.user_id == User.id)
        .join(Person, User.person_id == Person.id)
        .where(
            Session.token_hash == hash_token(token),
            Session.ended_at.is_(None),
            Session.expires_at > at,
            or_(Session.long_lived, Session.seen_at > at - IDLE),
            Session.proven_at.is_not(None),
            User.activated_at.is_not(None),
        )
    ).first()
    if row is None:
        return None
    session, user, person, is_secretary = row
    if (is_secretary or user.administrator_since) and at - session.opened_at > ORDINARY:
        return None  # became staff during a 30-day session
    return SignedIn(
        token=token,
        session_id=session.id,
        user_id=user.id,
        person_id=person.id,
        name=person.name,
        administrator=user.administrator_since is not None,
        secretary=is_secretary,
        seen_at=session.seen_at,
        long_lived=session.long_lived,
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
    login.init_app(app)
    login.session_protection = None
    app.before_request(_touch)
    app.register_error_handler(SignInFirst, to_sign_in)
