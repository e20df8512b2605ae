"""What waits for an official: the next meeting, what to answer, what to read."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy import Select, and_, bindparam, exists, select

from elus.attendance.models import Answer, Choice
from elus.calendars.models import Feed
from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.kernel.asking import ASKING, values
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.meetings.access import READERS, convened
from elus.meetings.models import Meeting
from elus.meetings.state import LASTS, State, state_of
from elus.organizations.models import Membership
from elus.reading.dossier import Dossier, dossier
from elus.reading.situation import receipts

SHOWN = 8


@dataclass(frozen=True)
class Change:
    """Something that moved in a meeting since I last opened its convocation."""

    kind: VersionKind
    left_at: datetime


@dataclass
class Coming:
    """One meeting to come, and where I stand with it."""

    meeting: Meeting
    state: State
    choice: Choice | None
    convocation_id: uuid.UUID | None
    is_recipient: bool = False
    opened_at: datetime | None = None
    changes: list[Change] = field(default_factory=list)

    def awaits_answer(self, at: datetime) -> bool:
        """Whether I may still answer and have not."""
        return self.choice is None and self.state is State.PUBLISHED and self.meeting.starts_at > at


@dataclass(frozen=True)
class Desk:
    """All that the home page shows."""

    next: Coming | None
    following: list[Coming]
    dossier: Dossier | None
    has_feed: bool

    @property
    def all(self) -> list[Coming]:
        return ([self.next] if self.next else []) + self.following

    @property
    def changed(self) -> list[Coming]:
        """The meetings that changed since I last looked, in their order in time."""
        return sorted((line for line in self.all if line.changes), key=lambda line: line.meeting.starts_at)


def desk(who: Viewer) -> Desk:
    """The home of an official, in a fixed number of queries."""
    lines = _coming(who)
    _fill(lines, who)
    holding = [line for line in lines if line.state is not State.CANCELLED]
    first = holding[0] if holding else None
    shown = first is not None and first.state is State.PUBLISHED
    return Desk(
        next=first,
        following=[line for line in lines if line is not first],
        dossier=dossier(first.meeting.id, who.person_id, at=who.at) if first and shown else None,
        has_feed=db.session.scalar(select(exists().where(Feed.person_id == who.person_id, Feed.revoked_at.is_(None))))
        is True,
    )


def sits(who: Viewer) -> bool:
    """Whether the viewer is a member or a substitute somewhere today."""
    return (
        db.session.scalar(
            select(
                exists().where(
                    Membership.person_id == who.person_id,
                    Membership.role.in_(READERS),
                    Membership.in_force(who.day),
                )
            )
        )
        is True
    )


def _coming(who: Viewer) -> list[Coming]:
    rows = db.session.execute(_selection(), {**values(who), "over": who.at - LASTS})
    found = [Coming(meeting, state_of(meeting, who.at), choice, convocation) for meeting, choice, convocation in rows]
    return [line for line in found if line.state is not State.PAST]


@cache
def _selection() -> Select[Meeting, Choice, uuid.UUID]:
    return (
        convened(ASKING)
        .add_columns(Answer.choice, Convocation.id)
        .outerjoin(Answer, and_(Answer.meeting_id == Meeting.id, Answer.person_id == ASKING.person_id))
        .outerjoin(Convocation, Convocation.meeting_id == Meeting.id)
        .where(Meeting.starts_at > bindparam("over"))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(SHOWN)
    )


def _fill(lines: Sequence[Coming], who: Viewer) -> None:
    """Add what the convocations and the register say, for all the meetings at once."""
    ids = [line.convocation_id for line in lines if line.convocation_id]
    known = receipts(ids, who.person_id)
    for line in lines:
        events = known.get(line.convocation_id, {}) if line.convocation_id else {}
        line.opened_at = events["convocation_opened"][1] if "convocation_opened" in events else None
    versions: dict[uuid.UUID, list[Change]] = {}
    addressed: set[uuid.UUID] = set()
    for convocation_id, kind, left_at, mine in _versions(ids, who):
        versions.setdefault(convocation_id, []).append(Change(kind, left_at))
        if mine:
            addressed.add(convocation_id)
    for line in lines:
        if line.convocation_id:
            line.is_recipient = line.convocation_id in addressed
            later = versions.get(line.convocation_id, [])[1:]
            line.changes = [change for change in later if line.opened_at is None or change.left_at > line.opened_at]


def _versions(ids: Sequence[uuid.UUID], who: Viewer) -> list[tuple[uuid.UUID, VersionKind, datetime, bool]]:
    if not ids:
        return []
    rows = db.session.execute(
        select(Version.convocation_id, Version.kind, Version.leaves_at, Recipient.id.is_not(None))
        .outerjoin(Recipient, and_(Recipient.version_id == Version.id, Recipient.person_id == who.person_id))
        .where(Version.convocation_id.in_(ids), Version.withdrawn_at.is_(None), Version.leaves_at <= who.at)
        .order_by(Version.convocation_id, Version.number)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
