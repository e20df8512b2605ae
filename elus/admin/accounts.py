"""The accounts as an administrator sees them: how each opens, never what it opens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from elus.identity.models import Passkey, Session, User
from elus.kernel.db import db
from elus.organizations.models import Membership, Person, Role
from elus.organizations.queries import is_called
from elus.organizations.rescues.standing import lacks_passkey, lacks_second_step

PAGE = 50
VIEWS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "sans-deuxieme-etape": lambda: or_(User.activated_at.is_(None), lacks_second_step()),
    "sans-appareil": lambda: User.activated_at.is_not(None) & lacks_passkey(),
    "suspendus": lambda: User.suspended_at.is_not(None),
}
"""What one may look for, by the name it has in the address."""


@dataclass(frozen=True)
class Account:
    """One account: whose, how it opens, where it is open."""

    user: User
    person: Person
    secretary: bool
    seated: bool
    passkeys: int
    sessions: int
    seen_at: datetime | None

    @property
    def has_code(self) -> bool:
        """Whether the password and the code of a tablet open it."""
        return bool(self.user.password_hash and self.user.totp_confirmed_at)


def accounts(*, view: str, name: str, page: int, day: date, at: datetime) -> list[Account]:
    """One page of accounts, and one more to know whether there is another; one statement whatever their number."""
    session = aliased(Session)
    of_user = (session.user_id == User.id, session.proven_at.is_not(None))
    selection = (
        select(
            User,
            Person,
            exists().where(*_secretary(day)),
            _sits(day),
            select(func.count()).where(Passkey.user_id == User.id).scalar_subquery(),
            select(func.count()).where(*of_user, session.ended_at.is_(None), session.expires_at > at).scalar_subquery(),
            select(func.max(session.seen_at)).where(*of_user).scalar_subquery(),
        )
        .join(Person, User.person_id == Person.id)
        .order_by(Person.last_name, Person.first_name, User.id)
        .limit(PAGE + 1)
        .offset(PAGE * (page - 1))
    )
    if view in VIEWS:
        selection = selection.where(VIEWS[view]())
    return [Account(*row) for row in db.session.execute(selection.where(*is_called(name)))]


def _sits(day: date) -> ColumnElement[bool]:
    return exists().where(Membership.person_id == Person.id, Membership.in_force(day))


def _secretary(day: date) -> tuple[ColumnElement[bool], ...]:
    return Membership.person_id == Person.id, Membership.role == Role.SECRETARY, Membership.in_force(day)
