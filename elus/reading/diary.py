"""The meetings of one person, to come and past, a page at a time by key."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, Uuid, and_, bindparam, select, tuple_

from elus.attendance.models import Answer, Choice
from elus.kernel.asking import ASKING, values
from elus.kernel.db import UtcInstant, db
from elus.kernel.gate import Viewer
from elus.meetings.access import READERS, visible
from elus.meetings.models import Meeting
from elus.meetings.state import LASTS
from elus.organizations.models import Membership, Organization, Role

PAGE = 20


@dataclass(frozen=True)
class Key:
    """Where a page of the list ends: instant and id of its last meeting."""

    starts_at: datetime
    meeting_id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.starts_at.isoformat()}_{self.meeting_id}"

    @classmethod
    def read(cls, text: str | None) -> "Key | None":
        """The key in an address; None when it is absent or makes no sense."""
        try:
            instant, _, identifier = (text or "").replace(" ", "+").partition("_")
            found = cls(datetime.fromisoformat(instant), uuid.UUID(identifier))
        except ValueError:
            return None
        return found if found.starts_at.tzinfo else None


@dataclass(frozen=True)
class Page:
    """Some meetings with my answer to each, and where the next page starts."""

    lines: list[tuple[Meeting, Choice | None]]
    next: Key | None


def assemblies(who: Viewer) -> list[Any]:
    """Id and name of each organization where the viewer sits or is of the secretariat today."""
    rows = db.session.execute(
        select(Organization.id, Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(
            Membership.person_id == who.person_id,
            Membership.role.in_((*READERS, Role.SECRETARY)),
            Membership.in_force(who.day),
        )
        .distinct()
        .order_by(Organization.name, Organization.id)
    )
    return list(rows)


def chosen(among: Sequence[Any], text: str) -> list[Any]:
    """The assembly asked for, if it is one of mine; an empty list asks for all."""
    return [row for row in among if str(row.id) == text]


def coming(who: Viewer, among: Sequence[Any], after: Key | None) -> Page:
    """Meetings not yet over, the next one first."""
    return _page(_coming(after is not None), who, among, after)


def past(who: Viewer, among: Sequence[Any], before: Key | None) -> Page:
    """Meetings that are over, the last one first."""
    return _page(_past(before is not None), who, among, before)


@cache
def _coming(keyed: bool) -> Select[Meeting, Choice]:
    selection = _lines().where(Meeting.starts_at > bindparam("over"))
    if keyed:
        selection = selection.where(tuple_(Meeting.starts_at, Meeting.id) > _key())
    return selection.order_by(Meeting.starts_at, Meeting.id)


@cache
def _past(keyed: bool) -> Select[Meeting, Choice]:
    selection = _lines().where(Meeting.starts_at <= bindparam("over"))
    if keyed:
        selection = selection.where(tuple_(Meeting.starts_at, Meeting.id) < _key())
    return selection.order_by(Meeting.starts_at.desc(), Meeting.id.desc())


def _key() -> Any:
    return tuple_(bindparam("key_at", type_=UtcInstant()), bindparam("key_id", type_=Uuid[uuid.UUID]()))


def _lines() -> Select[Meeting, Choice]:
    return (
        visible(ASKING)
        .add_columns(Answer.choice)
        .outerjoin(Answer, and_(Answer.meeting_id == Meeting.id, Answer.person_id == ASKING.person_id))
        .where(Meeting.organization_id.in_(bindparam("among", expanding=True)))
        .limit(PAGE + 1)
    )


def _page(selection: Select[Meeting, Choice], who: Viewer, among: Sequence[Any], key: Key | None) -> Page:
    parameters = {**values(who), "over": who.at - LASTS, "among": [row.id for row in among]}
    if key:
        parameters |= {"key_at": key.starts_at, "key_id": key.meeting_id}
    rows = db.session.execute(selection, parameters).all()
    lines: list[tuple[Meeting, Choice | None]] = [(meeting, choice) for meeting, choice in rows[:PAGE]]
    more = len(rows) > PAGE
    return Page(lines, Key(lines[-1][0].starts_at, lines[-1][0].id) if more else None)
