"""Gates of the pages that come before both factors are proven: there is no viewer yet, and each opens one thing only."""

from typing import Any, TypeVar

from flask import session as cookie
from sqlalchemy import Select

from elus.identity import queries
from elus.identity.models import Invitation, PasswordReset, Session
from elus.kernel import clock
from elus.kernel.db import db
from elus.kernel.errors import SignInFirst
from elus.kernel.gate import Viewer

T = TypeVar("T")
PENDING = "pending"
ENROLMENT = "enrolment"
RESCUE = "rescue"


def pending_session(_who: Viewer | None, **url: Any) -> Session:
    """Gate: the password was proven by this browser less than ten minutes ago; else the sign-in page."""
    return _found(queries.pending(str(cookie.get(PENDING, "")), clock.now()))


def enrolling(_who: Viewer | None, **url: Any) -> Invitation:
    """Gate: the invitation this browser started; else the sign-in page."""
    return _found(queries.started_by(str(cookie.get(ENROLMENT, "")), clock.now()))


def linked(_who: Viewer | None, token: str) -> Invitation | None:
    """Gate: whatever a mailed link names; the page says what became of it."""
    return db.session.scalars(queries.invitation(token)).first()


def rescued(_who: Viewer | None, **url: Any) -> Session:
    """Gate: a rescue code served on this browser less than half an hour ago; else the sign-in page."""
    return _found(queries.rescued(str(cookie.get(RESCUE, "")), clock.now()))


def resetting(_who: Viewer | None, token: str) -> PasswordReset | None:
    """Gate: whatever a mailed link to another password names; the page says what became of it."""
    return db.session.scalars(queries.reset(token)).first()


def _found(selection: Select[T]) -> T:
    found = db.session.scalars(selection.limit(1)).first()
    if found is None:
        raise SignInFirst
    return found
