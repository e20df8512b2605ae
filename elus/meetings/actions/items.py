"""What one item of a draft says."""

import uuid
from dataclasses import dataclass, fields
from datetime import datetime

from elus.kernel import journal
from elus.meetings.actions.changing import draft, insist_unchanged, item_of, touch
from elus.meetings.models import AgendaItem, ItemKind, Visibility


@dataclass(frozen=True)
class ItemContent:
    """All that is written about an item; its place in the agenda is not of it."""

    title: str
    summary: str
    rapporteur: str
    kind: ItemKind
    visibility: Visibility
    closed_session_planned: bool
    sensitive: bool
    icpe: bool


def update_item(
    meeting_id: uuid.UUID, item_id: uuid.UUID, content: ItemContent, *, by: uuid.UUID, at: datetime, revision: int
) -> AgendaItem:
    """Write an item again; refuse when a colleague wrote something else after the page that carries `revision` was made."""
    meeting = draft(meeting_id)
    item = item_of(meeting, item_id)
    changed = [field.name for field in fields(content) if getattr(item, field.name) != getattr(content, field.name)]
    if changed:
        insist_unchanged(item.revision, revision)
        for name in changed:
            setattr(item, name, getattr(content, name))
        item.revision = touch(meeting, at=at)
        journal.write(
            "item_changed",
            f"meeting:{meeting.id}",
            at=at,
            by=by,
            item=str(item_id),
            number=item.position,
            fields=changed,
        )
    return item
