"""Pages of the journal, read by key: a fixed number of statements at any size."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, select, tuple_

from elus.admin.journal.access import about, readable
from elus.admin.journal.asked import Asked, conditions
from elus.admin.journal.lines import Line, Mark, Sitting, sittings, told
from elus.identity.models import User
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.kernel.journal import ALARMS, AlarmSeen, JournalEntry
from elus.meetings.access import manages
from elus.meetings.models import Meeting
from elus.organizations.models import Person

PAGE = 50
BATCH = 500


@dataclass(frozen=True)
class Page:
    """Lines newest first, and the marks of the pages on either side, if any."""

    lines: list[Line]
    older: Mark | None
    newer: Mark | None


def page(who: Viewer, asked: Asked, *, before: Mark | None = None, after: Mark | None = None) -> Page:
    """Fifty lines the viewer may read, by key and never by number: the hundredth page costs what the first does."""
    rows = _rows(and_(readable(who), *conditions(asked)), before=before, after=after, limit=PAGE + 1)
    more, shown = len(rows) > PAGE, rows[:PAGE]
    if after is not None:
        shown = shown[::-1]
    lines = told(shown)
    further_back = more if after is None else True
    further_on = before is not None if after is None else more
    return Page(
        lines,
        older=lines[-1].mark if lines and further_back else None,
        newer=lines[0].mark if lines and further_on else None,
    )


def batch(who: Viewer, asked: Asked, *, before: Mark | None) -> list[Line]:
    """The next lines of an export, newest first; none is the end."""
    return told(_rows(and_(readable(who), *conditions(asked)), before=before, limit=BATCH))


def lines_about(user_id: uuid.UUID, *, limit: int = PAGE, before: Mark | None = None) -> list[Line]:
    """A person's own lines, newest first: what they did, and what was done about their account."""
    return told(_rows(about(user_id), before=before, limit=limit), reader=user_id)


def open_alarms() -> list[Line]:
    """Alarms nobody has taken care of, newest first."""
    seen = select(AlarmSeen.entry_id)
    return told(_rows(and_(JournalEntry.action.in_(ALARMS), JournalEntry.id.not_in(seen)), limit=PAGE))


def sitting_of(who: Viewer, meeting_id: uuid.UUID) -> Sitting | None:
    """How the page names the meeting it is limited to; None when its lines are not for the viewer."""
    if not who.administrator and not db.session.scalar(select(manages(who)).where(Meeting.id == meeting_id)):
        return None
    return sittings({meeting_id}).get(meeting_id)


def _rows(
    condition: ColumnElement[bool], *, limit: int, before: Mark | None = None, after: Mark | None = None
) -> Sequence[Row[Any]]:
    """Entries with who acted, newest first; oldest first when one goes back towards the present."""
    key = tuple_(JournalEntry.at, JournalEntry.id)
    chosen: Select[Any, Any] = select(JournalEntry.id, JournalEntry.at).where(condition).limit(limit)
    if after is not None:
        chosen = chosen.where(key > after).order_by(JournalEntry.at, JournalEntry.id)
    else:
        chosen = chosen.order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
    if before is not None:
        chosen = chosen.where(key < before)
    columns = (
        JournalEntry.user_id,
        JournalEntry.action,
        JournalEntry.subject,
        JournalEntry.client,
        JournalEntry.detail,
        Person.civility,
        Person.first_name,
        Person.last_name,
    )
    found = (
        chosen.add_columns(*columns)
        .outerjoin(User, JournalEntry.user_id == User.id)
        .outerjoin(Person, User.person_id == Person.id)
    )
    return db.session.execute(found).all()
