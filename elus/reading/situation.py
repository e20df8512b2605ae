"""Where one person stands with one meeting: its convocation, what they answered, what the register holds about them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from elus.attendance.models import Answer, Choice
from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.meetings.access import manages, seated
from elus.meetings.models import Meeting
from elus.register.models import Chain, Event
from elus.register.queries import chain_key, pseudonym_of

Receipts = dict[str, tuple[datetime, datetime]]
"""First and last instant of each type of event."""


@dataclass(frozen=True)
class Issue:
    """One version of the convocation that has left."""

    id: uuid.UUID
    kind: VersionKind
    left_at: datetime
    has_pdf: bool
    addressed: bool  # this person is among its recipients


@dataclass(frozen=True)
class Situation:
    """Everything a meeting page says about the person who looks at it."""

    seated: bool  # member or substitute in force
    manages: bool  # of the secretariat
    convocation_id: uuid.UUID | None
    issues: tuple[Issue, ...]
    choice: Choice | None
    answered_at: datetime | None
    receipts: Receipts = field(default_factory=dict)

    @property
    def opened_at(self) -> datetime | None:
        """The last recorded opening of the convocation."""
        return self.receipts["convocation_opened"][1] if "convocation_opened" in self.receipts else None

    @property
    def acknowledged_at(self) -> datetime | None:
        """The first explicit receipt."""
        return self.receipts["acknowledged"][0] if "acknowledged" in self.receipts else None

    @property
    def is_recipient(self) -> bool:
        return any(issue.addressed for issue in self.issues)

    @property
    def unseen(self) -> tuple[Issue, ...]:
        """The versions that changed something since the person last opened the convocation."""
        return tuple(issue for issue in self.issues[1:] if self.opened_at is None or issue.left_at > self.opened_at)


def situation(meeting_id: uuid.UUID, who: Viewer) -> Situation:
    """One query, and two in the register once there is a convocation."""
    rows = db.session.execute(_selection(meeting_id, who)).all()
    first = rows[0]
    issues = tuple(Issue(row[1], row[2], row[3], row[4], row[5]) for row in rows if row[1] is not None)
    known = receipts([first[0]], who.person_id).get(first[0], {}) if first[0] is not None else {}
    return Situation(first[8], first[9], first[0], issues, first[6], first[7], known)


def _selection(meeting_id: uuid.UUID, who: Viewer) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Convocation.id,
            Version.id,
            Version.kind,
            Version.leaves_at,
            Version.pdf_id.is_not(None),
            Recipient.id.is_not(None),
            Answer.choice,
            Answer.answered_at,
            seated(who),
            manages(who),
        )
        .select_from(Meeting)
        .outerjoin(Convocation, Convocation.meeting_id == Meeting.id)
        .outerjoin(
            Version,
            and_(Version.convocation_id == Convocation.id, Version.withdrawn_at.is_(None), Version.leaves_at <= who.at),
        )
        .outerjoin(Recipient, and_(Recipient.version_id == Version.id, Recipient.person_id == who.person_id))
        .outerjoin(Answer, and_(Answer.meeting_id == Meeting.id, Answer.person_id == who.person_id))
        .where(Meeting.id == meeting_id)
        .order_by(Version.number)
    )


def receipts(convocations: Collection[uuid.UUID], person_id: uuid.UUID) -> dict[uuid.UUID, Receipts]:
    """What the register holds about one person in each of these convocations; two queries, none without a convocation."""
    if not convocations:
        return {}
    chains = db.session.scalars(select(Chain).where(Chain.convocation_id.in_(convocations), Chain.key.is_not(None)))
    names = [pseudonym_of(chain_key(chain), person_id) for chain in chains]
    rows = db.session.execute(
        select(Event.convocation_id, Event.type, func.min(Event.at), func.max(Event.at))
        .where(Event.convocation_id.in_(convocations), Event.who.in_(names))
        .group_by(Event.convocation_id, Event.type)
    )
    found: dict[uuid.UUID, Receipts] = {}
    for convocation_id, kind, first, last in rows:
        found.setdefault(convocation_id, {})[kind] = (first, last)
    return found
