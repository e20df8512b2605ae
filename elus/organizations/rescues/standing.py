"""Who has no second step yet: those the secretariat must call, or print a letter for."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, or_, select

from elus.identity.models import Passkey, User
from elus.kernel.db import db
from elus.organizations.models import Membership, Person
from elus.organizations.queries import AT_WORK


@dataclass(frozen=True)
class Missing:
    """Somebody in office who cannot sign in with two steps."""

    name: str
    address: str | None
    state: str  # "no_address", "no_account", "not_ready", "password_only"


def without_second_factor(day: date) -> list[Missing]:
    """Those who sit or work somewhere that day and have neither device unlock nor confirmed code."""
    rows = db.session.execute(
        select(Person.first_name, Person.last_name, Person.email, User.email, User.activated_at)
        .outerjoin(User, User.person_id == Person.id)
        .where(
            Person.id.in_(select(Membership.person_id).where(Membership.in_force(day), Membership.role.in_(AT_WORK))),
            or_(User.id.is_(None), User.activated_at.is_(None), lacks_second_step()),
        )
        .order_by(Person.last_name, Person.first_name)
    )
    return [
        Missing(f"{first} {last}", account or address, _state(address, account, activated))
        for first, last, address, account, activated in rows
    ]


def lacks_second_step() -> ColumnElement[bool]:
    """SQL: the account of the query around (`User`) has neither device unlock nor confirmed code."""
    return User.totp_confirmed_at.is_(None) & lacks_passkey()


def lacks_passkey() -> ColumnElement[bool]:
    """SQL: the account of the query around (`User`) has no device unlock."""
    return ~exists().where(Passkey.user_id == User.id)


def _state(address: str | None, account: str | None, activated: datetime | None) -> str:
    if account is None:
        return "no_account" if address else "no_address"
    return "password_only" if activated else "not_ready"
