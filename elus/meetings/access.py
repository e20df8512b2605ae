"""Who sees which meeting and which paper: one query for lists, pages, papers and feeds."""

import uuid
from functools import cache

from flask import abort
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, tuple_
from sqlalchemy.orm import aliased, joinedload

from elus.kernel.asking import ASKING, values
from elus.kernel.db import db, one_or_404
from elus.kernel.gate import Viewer, signed_in
from elus.meetings.models import AgendaItem, Consultation, Meeting, RemovedItem, Visibility
from elus.organizations.access import is_secretary_of
from elus.organizations.models import Membership, Organization, Role
from elus.papers.models import File, FileState, Paper

READERS = (Role.FULL, Role.SUBSTITUTE)


def seated(who: Viewer) -> ColumnElement[bool]:
    """SQL: a membership in force today opens all the meetings of that organization's term; a set found once per query."""
    mine = aliased(Membership)  # the query around may look at other people's memberships
    return tuple_(Meeting.organization_id, Meeting.term_id).in_(
        select(mine.organization_id, mine.term_id).where(
            mine.person_id == who.person_id, mine.role.in_(READERS), mine.in_force(who.day)
        )
    )


def manages(who: Viewer) -> ColumnElement[bool]:
    """SQL: the viewer is of the secretariat of the meeting's organization today."""
    return is_secretary_of(who, Meeting.organization_id)


def may_see(who: Viewer) -> ColumnElement[bool]:
    """SQL: members see what is announced or published; the secretariat also sees drafts."""
    return or_(
        and_(seated(who), or_(Meeting.announced_at <= who.at, Meeting.published_at <= who.at)),
        manages(who),
    )


def visible(who: Viewer) -> Select[Meeting]:
    """The meetings the viewer may see."""
    return select(Meeting).where(may_see(who)).options(joinedload(Meeting.organization).joinedload(Organization.body))


def convened(who: Viewer) -> Select[Meeting]:
    """The meetings the viewer is called to as a member or a substitute (home, calendars)."""
    return visible(who).where(seated(who))


def managed(who: Viewer) -> Select[Meeting]:
    """The meetings the viewer prepares."""
    return select(Meeting).where(manages(who)).options(joinedload(Meeting.organization).joinedload(Organization.body))


def visible_meeting(who: Viewer | None, meeting_id: uuid.UUID) -> Meeting:
    """Gate: a meeting the viewer may see."""
    return one_or_404(visible(signed_in(who)).where(Meeting.id == meeting_id))


def managed_meeting(who: Viewer | None, meeting_id: uuid.UUID) -> Meeting:
    """Gate: a meeting the viewer prepares."""
    return one_or_404(managed(signed_in(who)).where(Meeting.id == meeting_id))


def convened_meeting(who: Viewer | None, meeting_id: uuid.UUID) -> Meeting:
    """Gate: a published meeting the viewer is called to (answer, acknowledge)."""
    found = signed_in(who)
    return one_or_404(convened(found).where(Meeting.id == meeting_id, Meeting.published(found.at)))


def readable_files(who: Viewer) -> Select[File]:
    """Files of ready papers of published meetings; restricted items and drafts are the secretariat's."""
    readable = or_(
        manages(who),
        and_(
            seated(who),
            Meeting.published(who.at),
            AgendaItem.visibility != Visibility.RESTRICTED,
            Paper.ready_at.is_not(None),
            Paper.withdrawn_at.is_(None),
            File.shown(who.at),
        ),
    )
    return (
        select(File)
        .join(Paper, File.paper_id == Paper.id)
        .join(Consultation, Consultation.paper_id == Paper.id)
        .join(Meeting, Consultation.meeting_id == Meeting.id)
        .outerjoin(AgendaItem, Consultation.item_id == AgendaItem.id)
        .where(File.state == FileState.READY, readable)
    )


def readable_file(who: Viewer | None, meeting_id: uuid.UUID, file_id: uuid.UUID) -> File:
    """Gate: a paper is read through a meeting that shows it; 404 hides the rest."""
    asked = {**values(signed_in(who)), "meeting_id": meeting_id, "file_id": file_id}
    found = db.session.scalars(_readable_file(), asked).first()
    if found is None:
        abort(404)
    return found


def still_readable(who: Viewer, meeting_id: uuid.UUID, file_id: uuid.UUID) -> bool:
    """Whether the viewer may still read a paper, at the viewer's instant."""
    asked = {**values(who), "meeting_id": meeting_id, "file_id": file_id}
    return db.session.scalars(_readable_file(), asked).first() is not None


@cache
def _readable_file() -> Select[File]:
    return (
        readable_files(ASKING)
        .where(File.id == bindparam("file_id"), Meeting.id == bindparam("meeting_id"))
        .options(joinedload(File.blob))
        .limit(1)
    )


def managed_item(who: Viewer | None, meeting_id: uuid.UUID, item_id: uuid.UUID) -> AgendaItem:
    """Gate: an item of a meeting the viewer prepares."""
    return one_or_404(
        select(AgendaItem)
        .join(Meeting, AgendaItem.meeting_id == Meeting.id)
        .where(AgendaItem.id == item_id, Meeting.id == meeting_id, manages(signed_in(who)))
        .options(joinedload(AgendaItem.meeting).joinedload(Meeting.organization).joinedload(Organization.body))
    )


def managed_removal(who: Viewer | None, meeting_id: uuid.UUID, item_id: uuid.UUID) -> RemovedItem:
    """Gate: the item just taken off a meeting the viewer prepares."""
    return one_or_404(
        select(RemovedItem)
        .join(Meeting, RemovedItem.meeting_id == Meeting.id)
        .where(RemovedItem.item_id == item_id, Meeting.id == meeting_id, manages(signed_in(who)))
    )
