"""What the secretariat reads while it prepares: agendas with their papers, former meetings."""

import uuid
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Consultation, Meeting, RemovedItem
from elus.organizations.models import Organization
from elus.papers.models import Paper


@dataclass(frozen=True)
class AgendaLine:
    """One item and how many papers it shows."""

    item: AgendaItem
    papers: int
    ready: int


def agenda_lines(meeting_id: uuid.UUID) -> list[AgendaLine]:
    """The items of a meeting in order, with their papers counted; one query."""
    rows = db.session.execute(
        select(
            AgendaItem,
            func.count(Paper.id),
            func.count(case((Paper.ready_at.is_not(None), Paper.id))),
        )
        .outerjoin(Consultation, Consultation.item_id == AgendaItem.id)
        .outerjoin(Paper, (Paper.id == Consultation.paper_id) & Paper.withdrawn_at.is_(None))
        .where(AgendaItem.meeting_id == meeting_id)
        .group_by(AgendaItem.id)
        .order_by(AgendaItem.position)
    )
    return [AgendaLine(item, papers, ready) for item, papers, ready in rows]


def removed_item(meeting_id: uuid.UUID) -> RemovedItem | None:
    """The item just taken off, as long as it can come back."""
    return db.session.get(RemovedItem, meeting_id)


def last_meeting(organization_id: uuid.UUID) -> Meeting | None:
    """The latest meeting of an organization that was not cancelled, the model of the next one."""
    return db.session.scalars(
        select(Meeting)
        .where(Meeting.organization_id == organization_id, Meeting.cancelled_at.is_(None))
        .order_by(Meeting.starts_at.desc())
        .options(joinedload(Meeting.organization).joinedload(Organization.body))
        .limit(1)
    ).first()


def neighbours(item: AgendaItem) -> tuple[AgendaItem | None, AgendaItem | None, int]:
    """The item before, the item after, and how many there are; one query."""
    rows = db.session.execute(
        select(AgendaItem, func.count().over()).where(AgendaItem.meeting_id == item.meeting_id)
    ).all()
    found = {row.position: row for row, _ in rows}
    return found.get(item.position - 1), found.get(item.position + 1), len(rows)
