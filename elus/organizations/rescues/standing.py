"""Where accounts stand: who has no second step yet, and how everybody may enter."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from elus.identity.models import Passkey, Session, User
from elus.kernel.db import db
from elus.organizations.models import Membership, Person, Role

PAGE = 50
VIEWS = ("tous", "sans-deuxieme-etape", "sans-appareil", "suspendus")


@dataclass(frozen=True)
class Missing:
    """Somebody in office who cannot sign in with two steps."""

    name: str
    address: str | None
    state: str  # "no_address", "no_account", "invited", "password_only"


@dataclass(frozen=True)
class Account:
    """One account as an administrator sees it: how it opens, never what it opens."""

    user: User
    person: Person
    secretary: bool
    passkeys: int
    open_sessions: int
    last_seen_at: datetime | None

    @property
    def has_code(self) -> bool:
        """Whether the password and the code of the tablet open it."""
        return bool(self.user.password_hash and self.user.totp_confirmed_at)


def without_second_factor(day: date) -> list[Missing]:
    """Those who sit or work somewhere that day and have neither device unlock nor confirmed code."""
    rows = db.session.execute(
        select(Person.first_name, Person.last_name, Person.email, User.email, User.activated_at)
        .outerjoin(User, User.person_id == Person.id)
        .where(
            Person.id.in_(
                select(Membership.person_id).where(
                    Membership.in_force(day), Membership.role.in_((Role.FULL, Role.SUBSTITUTE, Role.SECRETARY))
                )
            ),
            or_(User.id.is_(None), User.activated_at.is_(None), _without_second_step()),
        )
        .order_by(Person.last_name, Person.first_name)
    )
    return [
        Missing(f"{first} {last}", account or address, _state(address, account, activated))
        for first, last, address, account, activated in rows
    ]


def accounts(*, view: str, name: str, page: int, day: date, at: datetime) -> list[Account]:
    """One page of accounts and one more, by name; one statement whatever their number."""
    session = aliased(Session)
    live = (session.user_id == User.id, session.proven_at.is_not(None))
    counted = select(func.count()).where(*live, session.ended_at.is_(None), session.expires_at > at).scalar_subquery()
    seen = select(func.max(session.seen_at)).where(*live).scalar_subquery()
    keys = select(func.count()).where(Passkey.user_id == User.id).scalar_subquery()
    selection = (
        select(User, Person, _is_secretary(day), keys, counted, seen)
        .join(Person, User.person_id == Person.id)
        .order_by(Person.last_name, Person.first_name, User.id)
        .limit(PAGE + 1)
        .offset(PAGE * (page - 1))
    )
    if view in FILTERS:
        selection = selection.where(*FILTERS[view]())
    for word in name.split():
        like = f"%{word.replace('%', '').replace('_', '')}%"
        selection = selection.where(or_(Person.last_name.ilike(like), Person.first_name.ilike(like)))
    return [Account(*row) for row in db.session.execute(selection)]


def _state(address: str | None, account: str | None, activated: datetime | None) -> str:
    if account is None:
        return "no_account" if address else "no_address"
    return "password_only" if activated else "invited"


def _without_second_step() -> ColumnElement[bool]:
    """SQL: neither device unlock nor confirmed code."""
    return User.totp_confirmed_at.is_(None) & ~_has_passkey()


def _has_passkey() -> ColumnElement[bool]:
    return exists().where(Passkey.user_id == User.id)


def _is_secretary(day: date) -> ColumnElement[bool]:
    return exists().where(
        Membership.person_id == Person.id, Membership.role == Role.SECRETARY, Membership.in_force(day)
    )


FILTERS = {
    "sans-deuxieme-etape": lambda: (or_(User.activated_at.is_(None), _without_second_step()),),
    "sans-appareil": lambda: (User.activated_at.is_not(None), ~_has_passkey()),
    "suspendus": lambda: (User.suspended_at.is_not(None),),
}
