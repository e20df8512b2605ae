"""What every change of a draft shares: the row is locked, its revision compared, then moved."""

import uuid
from datetime import datetime

from sqlalchemy import select

from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.meetings.models import AgendaItem, Meeting


def locked(meeting_id: uuid.UUID) -> Meeting:
    """The meeting, whose row nobody else changes until the end of the transaction."""
    return db.session.scalars(select(Meeting).where(Meeting.id == meeting_id).with_for_update()).one()


def draft(meeting_id: uuid.UUID) -> Meeting:
    """The locked meeting; refuse when its convocation has been published (any change then is a new act) or it is cancelled."""
    meeting = locked(meeting_id)
    if meeting.cancelled_at:
        raise Refused("cancelled")
    if meeting.published_at:
        raise Refused("published")
    return meeting


def insist_unchanged(last_change: int, revision: int) -> None:
    """Refuse when the thing changed after the page that carries `revision` was made."""
    if last_change > revision:
        raise Refused("changed_meanwhile")


def touch(meeting: Meeting, *, at: datetime) -> int:
    """Move the revision and LAST-MODIFIED; gives the new revision."""
    meeting.revision += 1
    meeting.changed_at = at
    return meeting.revision


def touch_agenda(meeting: Meeting, *, at: datetime) -> int:
    """The same, for items that come, go or move."""
    meeting.agenda_revision = touch(meeting, at=at)
    return meeting.agenda_revision


def item_of(meeting: Meeting, item_id: uuid.UUID) -> AgendaItem:
    """One item of the meeting; refuse when a colleague has taken it off."""
    item = db.session.scalars(
        select(AgendaItem).where(AgendaItem.id == item_id, AgendaItem.meeting_id == meeting.id)
    ).first()
    if item is None:
        raise Refused("item_gone")
    return item
