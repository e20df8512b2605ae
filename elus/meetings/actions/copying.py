"""A new meeting made from a former one."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import select

from elus.kernel.db import db
from elus.meetings import paste
from elus.meetings.actions.facts import Facts, create
from elus.meetings.models import AgendaItem, ItemKind, Meeting


class Agenda(enum.StrEnum):
    """What a new meeting takes from the former one."""

    STANDING = "standing"  # what comes back at every sitting
    WHOLE = "whole"
    EMPTY = "empty"


def copy(source_id: uuid.UUID, facts: Facts, agenda: Agenda, *, by: uuid.UUID, at: datetime) -> Meeting:
    """A draft of the same organization, with the items asked for; papers, answers and proofs stay with the source."""
    source = db.session.get_one(Meeting, source_id)
    return create(source.organization_id, facts, by=by, at=at, items=_items(source, agenda))


def _items(source: Meeting, agenda: Agenda) -> list[AgendaItem]:
    if agenda is Agenda.EMPTY:
        return []
    rows = db.session.scalars(
        select(AgendaItem)
        .where(AgendaItem.meeting_id == source.id, AgendaItem.withdrawn_at.is_(None))
        .order_by(AgendaItem.position)
    )
    return [_again(row, source) for row in rows if agenda is Agenda.WHOLE or paste.stands(row.title, row.kind)]


def _again(item: AgendaItem, source: Meeting) -> AgendaItem:
    return AgendaItem(
        id=uuid.uuid4(),
        title=paste.approving(item.title, source.day) if item.kind is ItemKind.MINUTES else item.title,
        summary="" if item.kind is ItemKind.MINUTES else item.summary,
        rapporteur=item.rapporteur,
        kind=item.kind,
        visibility=item.visibility,
        closed_session_planned=item.closed_session_planned,
        sensitive=item.sensitive,
        icpe=item.icpe,
    )
