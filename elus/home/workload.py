"""What waits for a secretariat: its meetings with their deadlines, and what went wrong; a fixed number of queries."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, case, distinct, func, or_, select
from sqlalchemy.orm import aliased

from elus.attendance.models import Answer
from elus.convocations.models import Convocation, Recipient, Version
from elus.convocations.queries import PATIENCE
from elus.identity.models import User
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.kernel.journal import AlarmSeen, JournalEntry
from elus.kernel.outbox import Letter, LetterState
from elus.meetings.access import managed
from elus.meetings.deadline import Deadline, Pressure, deadline
from elus.meetings.models import AgendaItem, Consultation, ItemKind, Meeting
from elus.organizations.access import is_secretary_of
from elus.organizations.models import Membership, Person
from elus.organizations.queries import IN_OFFICE
from elus.papers.models import File, FileState, Paper
from elus.register.models import Event

BEHIND = timedelta(days=60)
"""How long a past meeting stays at hand here."""
AT_MOST = 60
VOTED = (ItemKind.DELIBERATION, ItemKind.ELECTION, ItemKind.BUDGET)


@dataclass
class Progress:
    """How far one meeting is."""

    meeting: Meeting
    deadline: Deadline
    items: int = 0
    documented: int = 0  # items that have a paper, or need none
    papers: int = 0
    ready: int = 0
    refused_papers: int = 0
    convened: int = 0
    refused_mails: int = 0
    held_mails: int = 0  # should have left, but their convocation could not be made
    opened: int = 0
    answers: int = 0

    @property
    def preparing(self) -> bool:
        return self.meeting.published_at is None

    @property
    def urgent(self) -> bool:
        return self.preparing and self.deadline.pressure in (Pressure.SOON, Pressure.LAST_DAY, Pressure.PASSED)


@dataclass(frozen=True)
class Workload:
    """The secretariat's home."""

    preparing: list[Progress] = field(default_factory=list)  # the nearest deadline first
    published: list[Progress] = field(default_factory=list)  # the nearest sitting first
    past: list[Progress] = field(default_factory=list)  # the latest first
    dormant: int = 0  # members in office whose account was never activated
    mail_down: JournalEntry | None = None

    @property
    def everything(self) -> list[Progress]:
        return [*self.preparing, *self.published, *self.past]


def workload(who: Viewer) -> Workload:
    """Everything the home of the secretariat shows."""
    meetings = db.session.scalars(
        managed(who)
        .where(Meeting.cancelled_at.is_(None), Meeting.day >= who.day - BEHIND)
        .order_by(Meeting.starts_at)
        .limit(AT_MOST)
    ).all()
    ids = [meeting.id for meeting in meetings]
    items, papers = _items(ids), _papers(ids)
    sent, opened, answers = _recipients(ids, who.at), _opened(ids), _answers(ids)
    found = []
    for meeting in meetings:
        agenda = items.get(meeting.id)
        one = Progress(meeting, deadline(meeting, icpe=bool(agenda and agenda.icpe), at=who.at))
        if agenda:
            one.items, one.documented = agenda.items, agenda.documented
        if shown := papers.get(meeting.id):
            one.papers, one.ready, one.refused_papers = shown.papers, shown.ready, shown.refused
        if mailed := sent.get(meeting.id):
            one.convened, one.refused_mails, one.held_mails = mailed.convened, mailed.refused, mailed.held
        one.opened, one.answers = opened.get(meeting.id, 0), answers.get(meeting.id, 0)
        found.append(one)
    coming = [one for one in found if one.meeting.starts_at > who.at or one.meeting.day == who.day]
    past = [one for one in found if one not in coming]
    return Workload(
        preparing=sorted((one for one in coming if one.preparing), key=lambda one: one.deadline.order),
        published=[one for one in coming if not one.preparing],
        past=past[::-1],
        dormant=_dormant(who),
        mail_down=_mail_down(who),
    )


def _items(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row[uuid.UUID, int, int, int]]:
    with_paper = (
        select(Consultation.item_id)
        .join(Paper, Paper.id == Consultation.paper_id)
        .where(Consultation.item_id == AgendaItem.id, Paper.withdrawn_at.is_(None))
        .exists()
    )
    rows = db.session.execute(
        select(
            AgendaItem.meeting_id,
            func.count().label("items"),
            func.count(case((or_(AgendaItem.kind.not_in(VOTED), with_paper), 1))).label("documented"),
            func.count(case((AgendaItem.icpe.is_(True), 1))).label("icpe"),
        )
        .where(AgendaItem.meeting_id.in_(ids), AgendaItem.withdrawn_at.is_(None))
        .group_by(AgendaItem.meeting_id)
    )
    return {row.meeting_id: row for row in rows}


def _papers(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Row[uuid.UUID, int, int, int]]:
    newer = aliased(File)
    last_refused = (
        select(File.id)
        .where(
            File.paper_id == Paper.id,
            File.state == FileState.REFUSED,
            ~select(newer.id).where(newer.paper_id == Paper.id, newer.version > File.version).exists(),
        )
        .exists()
    )
    rows = db.session.execute(
        select(
            Consultation.meeting_id,
            func.count().label("papers"),
            func.count(Paper.ready_at).label("ready"),
            func.count(case((last_refused, 1))).label("refused"),
        )
        .join(Paper, Paper.id == Consultation.paper_id)
        .where(Consultation.meeting_id.in_(ids), Paper.withdrawn_at.is_(None))
        .group_by(Consultation.meeting_id)
    )
    return {row.meeting_id: row for row in rows}


def _recipients(ids: Sequence[uuid.UUID], at: datetime) -> dict[uuid.UUID, Row[uuid.UUID, int, int, int]]:
    """People convened by any version in force, those whose last letter was refused, those whose letter is stuck."""
    stuck = and_(Letter.state == LetterState.HELD, Version.leaves_at <= at - PATIENCE)
    rows = db.session.execute(
        select(
            Convocation.meeting_id,
            func.count(distinct(Recipient.person_id)).label("convened"),
            func.count(distinct(case((Letter.state == LetterState.REFUSED, Recipient.person_id)))).label("refused"),
            func.count(distinct(case((stuck, Recipient.person_id)))).label("held"),
        )
        .join(Version, Version.convocation_id == Convocation.id)
        .join(Recipient, Recipient.version_id == Version.id)
        .outerjoin(Letter, Letter.id == Recipient.letter_id)
        .where(Convocation.meeting_id.in_(ids), Version.withdrawn_at.is_(None))
        .group_by(Convocation.meeting_id)
    )
    return {row.meeting_id: row for row in rows}


def _opened(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = db.session.execute(
        select(Convocation.meeting_id, func.count(distinct(Event.who)))
        .join(Event, Event.convocation_id == Convocation.id)
        .where(Convocation.meeting_id.in_(ids), Event.type == "convocation_opened")
        .group_by(Convocation.meeting_id)
    )
    return {row[0]: row[1] for row in rows}


def _answers(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = db.session.execute(
        select(Answer.meeting_id, func.count()).where(Answer.meeting_id.in_(ids)).group_by(Answer.meeting_id)
    )
    return {row[0]: row[1] for row in rows}


def _dormant(who: Viewer) -> int:
    """Members in office of the assemblies one manages who never activated an account."""
    return (
        db.session.scalar(
            select(func.count(distinct(Person.id)))
            .join(Membership, Membership.person_id == Person.id)
            .outerjoin(User, User.person_id == Person.id)
            .where(
                Membership.role.in_(IN_OFFICE),
                Membership.in_force(who.day),
                is_secretary_of(who, Membership.organization_id),
                User.activated_at.is_(None),
            )
        )
        or 0
    )


def _mail_down(who: Viewer) -> JournalEntry | None:
    """The alarm of a mail server that does not answer, until an administrator has seen it."""
    return db.session.scalars(
        select(JournalEntry)
        .where(
            JournalEntry.action == "mail_down",
            JournalEntry.id.not_in(select(AlarmSeen.entry_id)),
            JournalEntry.at > who.at - timedelta(days=1),
        )
        .order_by(JournalEntry.at.desc())
        .limit(1)
    ).first()
