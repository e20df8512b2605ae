"""Where one person stands with one meeting: its convocation, what they answered, what the register holds about them."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from flask import abort
from sqlalchemy import Select, and_, bindparam, exists, func, select

from elus.attendance.models import Answer, Choice
from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.kernel.asking import ASKING, values
from elus.kernel.db import db
from elus.kernel.gate import Viewer, signed_in
from elus.meetings.access import manages, may_see, seated
from elus.meetings.models import AgendaItem, Meeting
from elus.meetings.state import SITTING, Sitting
from elus.organizations.models import Organization
from elus.register.models import Chain, Event
from elus.register.queries import chain_key, pseudonym_of

Receipts = dict[str, tuple[datetime, datetime]]
"""First and last instant of each type of event."""
WIDTH = len(SITTING)


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
    """A meeting, and everything its page says about the person who looks at it."""

    who: Viewer
    meeting: Sitting
    seated: bool  # member or substitute in force
    manages: bool  # of the secretariat
    icpe: bool  # an item concerns a classified installation: the delay is longer (CGCT L2121-12)
    issues: tuple[Issue, ...]
    choice: Choice | None
    answered_at: datetime | None
    receipts: Receipts

    @property
    def published(self) -> bool:
        return self.meeting.published_at is not None and self.meeting.published_at <= self.who.at

    @property
    def opened_at(self) -> datetime | None:
        """The last recorded opening of the convocation."""
        return self.receipts["convocation_opened"][1] if "convocation_opened" in self.receipts else None

    @property
    def acknowledged_at(self) -> datetime | None:
        """The explicit receipt of the version in force; that of an earlier one does not count."""
        last = self.receipts["acknowledged"][1] if "acknowledged" in self.receipts else None
        return last if last and self.issues and last >= self.issues[-1].left_at else None

    @property
    def has_pdf(self) -> bool:
        return any(issue.has_pdf for issue in self.issues)

    @property
    def is_recipient(self) -> bool:
        return any(issue.addressed for issue in self.issues)

    @property
    def to_open(self) -> bool:
        """Whether the version in force was sent to this person, who has not opened it."""
        return self.is_recipient and (self.opened_at is None or self.opened_at < self.issues[-1].left_at)

    @property
    def unseen(self) -> tuple[Issue, ...]:
        """The versions that changed something since the person last opened the convocation."""
        return tuple(issue for issue in self.issues[1:] if self.opened_at is None or issue.left_at > self.opened_at)


def seen_meeting(who: Viewer | None, meeting_id: uuid.UUID) -> Situation:
    """Gate: a meeting the viewer may see, with where they stand; one query, and one in the register once convened."""
    found = signed_in(who)
    parameters = {**values(found), "meeting_id": meeting_id}
    rows = db.session.connection().execute(_selection(), parameters).all()
    if not rows:
        abort(404)
    head, mine = rows[0][:WIDTH], rows[0][WIDTH : WIDTH + 7]
    convocation_id, key, sits, prepares, icpe, choice, answered_at = mine
    issues = tuple(Issue(*row[WIDTH + 7 :]) for row in rows if row[WIDTH + 7] is not None)
    known = _known({convocation_id: key}, found.person_id).get(convocation_id, {}) if key else {}
    return Situation(found, Sitting(*head), sits, prepares, icpe, issues, choice, answered_at, known)


@cache
def _selection() -> Select[*tuple[Any, ...]]:
    left = and_(
        Version.convocation_id == Convocation.id, Version.withdrawn_at.is_(None), Version.leaves_at <= ASKING.at
    )
    return (
        select(
            *SITTING,
            Chain.convocation_id,
            Chain.key,
            seated(ASKING),
            manages(ASKING),
            exists().where(AgendaItem.meeting_id == Meeting.id, AgendaItem.icpe),
            Answer.choice,
            Answer.answered_at,
            Version.id,
            Version.kind,
            Version.leaves_at,
            Version.pdf_id.is_not(None),
            Recipient.id.is_not(None),
        )
        .select_from(Meeting)
        .join(Meeting.organization)
        .join(Organization.body)
        .outerjoin(Convocation, Convocation.meeting_id == Meeting.id)
        .outerjoin(Chain, Chain.convocation_id == Convocation.id)
        .outerjoin(Version, left)
        .outerjoin(Recipient, and_(Recipient.version_id == Version.id, Recipient.person_id == ASKING.person_id))
        .outerjoin(Answer, and_(Answer.meeting_id == Meeting.id, Answer.person_id == ASKING.person_id))
        .where(Meeting.id == bindparam("meeting_id"), may_see(ASKING))
        .order_by(Version.number)
    )


def receipts(convocations: Collection[uuid.UUID], person_id: uuid.UUID) -> dict[uuid.UUID, Receipts]:
    """What the register holds about one person in each of these convocations; two queries, none without a convocation."""
    if not convocations:
        return {}
    chains = db.session.execute(
        select(Chain.convocation_id, Chain.key).where(Chain.convocation_id.in_(convocations), Chain.key.is_not(None))
    )
    return _known({chain: key for chain, key in chains if key}, person_id)


def _known(chains: dict[uuid.UUID, bytes], person_id: uuid.UUID) -> dict[uuid.UUID, Receipts]:
    """First and last events of a person, from the sealed keys of the chains."""
    names = [pseudonym_of(chain_key(Chain(convocation_id=chain, key=key)), person_id) for chain, key in chains.items()]
    parameters = {"convocations": list(chains), "names": names}
    found: dict[uuid.UUID, Receipts] = {}
    for convocation_id, kind, first, last in db.session.connection().execute(_firsts_and_lasts(), parameters):
        found.setdefault(convocation_id, {})[kind] = (first, last)
    return found


@cache
def _firsts_and_lasts() -> Select[*tuple[Any, ...]]:
    return (
        select(Event.convocation_id, Event.type, func.min(Event.at), func.max(Event.at))
        .where(
            Event.convocation_id.in_(bindparam("convocations", expanding=True)),
            Event.who.in_(bindparam("names", expanding=True)),
        )
        .group_by(Event.convocation_id, Event.type)
    )
