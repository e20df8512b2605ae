"""The agenda of a draft: items come, go and move; positions stay 1 to n whatever happens."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, select, update

from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.meetings import paste
from elus.meetings.actions.changing import draft, insist_unchanged, item_of, touch_agenda
from elus.meetings.models import AgendaItem, Consultation, ItemKind, Meeting, RemovedItem, Visibility

MOST = 150
_KEPT = ("title", "summary", "rapporteur", "kind", "visibility", "closed_session_planned", "sensitive", "icpe")


def paste_agenda(
    meeting_id: uuid.UUID, titles: Sequence[str], *, by: uuid.UUID, at: datetime, revision: int
) -> list[AgendaItem]:
    """Add one item per title at the end; refuse when a colleague changed the agenda meanwhile (he may have pasted it too)."""
    meeting = draft(meeting_id)
    insist_unchanged(meeting.agenda_revision, revision)
    return _append(meeting, titles, by=by, at=at)


def add_item(meeting_id: uuid.UUID, title: str, *, by: uuid.UUID, at: datetime) -> AgendaItem:
    """Add one item at the end; nobody's work is touched, so no revision is asked."""
    return _append(draft(meeting_id), [title], by=by, at=at)[0]


def move_item(
    meeting_id: uuid.UUID, item_id: uuid.UUID, position: int, *, by: uuid.UUID, at: datetime, revision: int
) -> int:
    """Put an item at a position, the others closing up, in one UPDATE; gives the position it took, between 1 and n."""
    meeting = draft(meeting_id)
    insist_unchanged(meeting.agenda_revision, revision)
    item = item_of(meeting, item_id)
    origin, target = item.position, max(1, min(position, count(meeting_id)))
    if origin == target:
        return target
    step = 1 if target < origin else -1
    db.session.execute(
        update(AgendaItem)
        .where(
            AgendaItem.meeting_id == meeting_id,
            AgendaItem.position.between(min(origin, target), max(origin, target)),
        )
        .values(position=case((AgendaItem.id == item_id, target), else_=AgendaItem.position + step)),
        execution_options={"synchronize_session": False},
    )
    db.session.expire(item)
    _changed(meeting, "agenda_moved", by=by, at=at, item=str(item_id), position=target)
    return target


def remove_item(meeting_id: uuid.UUID, item_id: uuid.UUID, *, by: uuid.UUID, at: datetime, revision: int) -> None:
    """Take an item off; its papers wait « À ranger », and it can come back until the next change."""
    meeting = draft(meeting_id)
    item = item_of(meeting, item_id)
    insist_unchanged(item.revision, revision)
    shown = db.session.scalars(select(Consultation).where(Consultation.item_id == item_id)).all()
    for consultation in shown:
        consultation.item_id = None
    _changed(meeting, "agenda_removed", by=by, at=at, item=str(item_id), number=item.position)
    db.session.add(
        RemovedItem(
            meeting_id=meeting_id,
            item_id=item_id,
            position=item.position,
            title=item.title,
            content={name: getattr(item, name) for name in _KEPT},
            consultations=[str(consultation.id) for consultation in shown],
        )
    )
    db.session.flush()
    db.session.delete(item)
    db.session.flush()
    _shift(meeting_id, item.position + 1, -1)


def restore_item(meeting_id: uuid.UUID, item_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> AgendaItem:
    """Give back the item just taken off, at its place and with its papers; refuse once the agenda has changed again."""
    meeting = draft(meeting_id)
    removed = db.session.get(RemovedItem, meeting_id)
    if removed is None or removed.item_id != item_id:
        raise Refused("item_gone")
    position, content, papers = removed.position, _content(removed), [uuid.UUID(row) for row in removed.consultations]
    revision = _changed(meeting, "agenda_restored", by=by, at=at, item=str(item_id), number=position)
    _shift(meeting_id, position, 1)
    item = AgendaItem(id=item_id, meeting_id=meeting_id, position=position, revision=revision, **content)
    db.session.add(item)
    db.session.flush()
    db.session.execute(
        update(Consultation)
        .where(Consultation.id.in_(papers), Consultation.meeting_id == meeting_id, Consultation.item_id.is_(None))
        .values(item_id=item_id)
    )
    return item


def count(meeting_id: uuid.UUID) -> int:
    """How many items the agenda holds."""
    return db.session.scalar(select(func.count()).where(AgendaItem.meeting_id == meeting_id)) or 0


def _content(removed: RemovedItem) -> dict[str, Any]:
    content = dict(removed.content)
    return {**content, "kind": ItemKind(content["kind"]), "visibility": Visibility(content["visibility"])}


def _append(meeting: Meeting, titles: Sequence[str], *, by: uuid.UUID, at: datetime) -> list[AgendaItem]:
    held = count(meeting.id)
    if held + len(titles) > MOST:
        raise Refused("too_many", most=MOST, held=held)
    revision = _changed(meeting, "agenda_added", by=by, at=at, items=len(titles))
    items = [
        AgendaItem(
            id=uuid.uuid4(),
            meeting_id=meeting.id,
            position=position,
            title=title,
            kind=paste.kind_of(title),
            revision=revision,
        )
        for position, title in enumerate(titles, held + 1)
    ]
    db.session.add_all(items)
    db.session.flush()
    return items


def _shift(meeting_id: uuid.UUID, start: int, step: int) -> None:
    db.session.execute(
        update(AgendaItem)
        .where(AgendaItem.meeting_id == meeting_id, AgendaItem.position >= start)
        .values(position=AgendaItem.position + step),
        execution_options={"synchronize_session": False},
    )


def _changed(meeting: Meeting, act: journal.Action, *, by: uuid.UUID, at: datetime, **detail: Any) -> int:
    """Move the revisions, forget what was taken off before, and write the act in the journal."""
    db.session.execute(delete(RemovedItem).where(RemovedItem.meeting_id == meeting.id))
    journal.write(act, f"meeting:{meeting.id}", at=at, by=by, **detail)
    return touch_agenda(meeting, at=at)
