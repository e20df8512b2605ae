"""Lines of the journal with the names a sentence needs: three statements, whatever the number of lines."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, or_, select

from elus.identity.models import User
from elus.kernel.db import db
from elus.kernel.journal import ALARMS
from elus.meetings.models import Meeting
from elus.organizations.models import Body, Organization, Person

ARTICLE = re.compile(r"^(?:Les? |La |L’)")


class Mark(NamedTuple):
    """Where a page stops: lines are read newest first, from here on."""

    at: datetime
    id: uuid.UUID

    @classmethod
    def read(cls, written: str) -> "Mark | None":
        """The mark an address carries; None when it carries none."""
        at, _, identifier = written.partition("~")
        try:
            mark = cls(datetime.fromisoformat(at), uuid.UUID(identifier))
        except ValueError:
            return None
        return mark if mark.at.tzinfo else None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id.hex}"


@dataclass(frozen=True)
class Sitting:
    """The meeting a line is about, as a sentence names it."""

    id: uuid.UUID
    day: date
    organization: str
    commune: str | None  # None for what sits in the authority that runs the portal


class Detail(dict[str, Any]):
    """What an entry adds; what it does not say is None, since older lines may say less."""

    def __missing__(self, name: str) -> None:
        return None


@dataclass(frozen=True)
class Line:
    """One line: who (None: unknown or nobody), what, about whom or which meeting, when, from which device."""

    mark: Mark
    action: str
    acted: bool  # somebody did it, even if their account is gone; else the portal
    by: str | None
    about: str | None
    person: str | None  # somebody else the act names
    sitting: Sitting | None
    organization: str | None
    client: str
    detail: Detail = field(default_factory=Detail)
    mine: bool = False  # the reader did it: « Vous avez… »
    about_me: bool = False

    @property
    def at(self) -> datetime:
        """The instant of the act."""
        return self.mark.at

    @property
    def alarm(self) -> bool:
        """Whether it needs somebody's care."""
        return self.action in ALARMS

    @property
    def on(self) -> date | None:
        """The day the act names, if any."""
        return date.fromisoformat(self.detail["on"]) if self.detail["on"] else None


def told(rows: Sequence[Row[Any]], *, reader: uuid.UUID | None = None) -> list[Line]:
    """Rows of the journal as lines, in the same order; `reader` reads « Vous avez… »."""
    subjects = [_parsed(row.subject) for row in rows]
    named = [_identifier(row.detail.get("person")) for row in rows]
    people = _people(
        {found for kind, found in subjects if kind == "user" and found}, {found for found in named if found}
    )
    meetings = sittings({found for kind, found in subjects if kind == "meeting" and found})
    organizations = _organizations({found for kind, found in subjects if kind == "organization" and found})
    return [
        Line(
            mark=Mark(row.at, row.id),
            action=row.action,
            acted=row.user_id is not None,
            by=_formal(row) if row.last_name is not None else None,
            about=people.get(found) if found else None,
            person=people.get(other) if other else None,
            sitting=meetings.get(found) if found else None,
            organization=organizations.get(found) if found else None,
            client=row.client,
            detail=Detail(row.detail),
            mine=reader is not None and row.user_id == reader,
            about_me=reader is not None and found == reader,
        )
        for row, (_, found), other in zip(rows, subjects, named, strict=True)
    ]


def _parsed(said: str) -> tuple[str, uuid.UUID | None]:
    kind, _, identifier = said.partition(":")
    return kind, _identifier(identifier)


def _identifier(said: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(said)
    except (TypeError, ValueError, AttributeError):
        return None


def _formal(row: Any) -> str:
    return f"{row.civility} {row.first_name} {row.last_name}"


def _people(accounts: Iterable[uuid.UUID], people: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names by identifier of account, and of person."""
    rows = db.session.execute(
        select(User.id.label("user_id"), Person.id, Person.civility, Person.first_name, Person.last_name)
        .outerjoin(User, User.person_id == Person.id)
        .where(or_(User.id.in_(list(accounts)), Person.id.in_(list(people))))
    ).all()
    return {key: _formal(row) for row in rows for key in (row.user_id, row.id) if key}


def sittings(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Sitting]:
    """Meetings as sentences name them."""
    rows = db.session.execute(
        select(Meeting.id, Meeting.day, Organization.name, Body.name.label("body"), Body.group_id)
        .join(Organization, Meeting.organization_id == Organization.id)
        .join(Body, Organization.body_id == Body.id)
        .where(Meeting.id.in_(list(ids)))
    )
    return {row.id: Sitting(row.id, row.day, row.name, None if _goes_without(row) else row.body) for row in rows}


def _goes_without(row: Any) -> bool:
    """Whether « conseil municipal du Tallud » already says Le Tallud, or it is of the authority that runs the portal."""
    return row.group_id is None or ARTICLE.sub("", row.body) in row.name


def _organizations(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = db.session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(list(ids))))
    return {row.id: row.name for row in rows}
