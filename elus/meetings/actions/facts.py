"""Creating a meeting, changing its title, time and place, announcing it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from elus.kernel import clock, journal
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.meetings.actions.changing import draft, insist_unchanged, touch
from elus.meetings.models import AgendaItem, Meeting
from elus.organizations.models import Organization
from elus.organizations.queries import term_on


@dataclass(frozen=True)
class Facts:
    """What a convocation says first: title, time and place."""

    title: str
    starts_at: datetime
    ends_at: datetime | None
    place: str


def create(
    organization_id: uuid.UUID, facts: Facts, *, by: uuid.UUID, at: datetime, items: Iterable[AgendaItem] = ()
) -> Meeting:
    """A draft only the secretariat sees, with `items` (not yet saved) as its agenda; the term is that of its day."""
    organization = _organization(organization_id)
    if facts.starts_at <= at:
        raise Refused("past")
    _insist_alone(organization_id, facts.starts_at)
    meeting = Meeting(id=uuid.uuid4(), organization_id=organization_id, created_at=at, changed_at=at)
    _take(meeting, organization, facts)
    db.session.add(meeting)
    db.session.flush()
    for position, item in enumerate(items, 1):
        item.meeting_id, item.position = meeting.id, position
        db.session.add(item)
    journal.write("meeting_created", f"meeting:{meeting.id}", at=at, by=by)
    return meeting


def update_facts(meeting_id: uuid.UUID, facts: Facts, *, by: uuid.UUID, at: datetime, revision: int) -> Meeting:
    """Change title, time or place of a draft; a new time must be to come, and what already stands is no conflict."""
    meeting = draft(meeting_id)
    if facts == _facts(meeting):
        return meeting
    insist_unchanged(meeting.facts_revision, revision)
    if facts.starts_at != meeting.starts_at:
        if facts.starts_at <= at:
            raise Refused("past")
        _insist_alone(meeting.organization_id, facts.starts_at)
    if changed := apply_facts(meeting, facts, at=at):
        journal.write("meeting_changed", f"meeting:{meeting.id}", at=at, by=by, fields=changed)
    return meeting


def apply_facts(meeting: Meeting, facts: Facts, *, at: datetime) -> list[str]:
    """Take new facts on a locked meeting, published or not; gives the names of what changed.

    SEQUENCE moves with time and place once calendars hold the meeting (RFC 5545 §3.8.7.4), LAST-MODIFIED always.
    """
    before = _facts(meeting)
    _take(meeting, _organization(meeting.organization_id), facts)
    changed = [field.name for field in fields(facts) if getattr(before, field.name) != getattr(facts, field.name)]
    if changed:
        meeting.facts_revision = touch(meeting, at=at)
    if set(changed) - {"title"} and (meeting.announced_at or meeting.published_at):
        meeting.sequence += 1
    return changed


def announce(meeting_id: uuid.UUID, *, by: uuid.UUID, at: datetime, revision: int) -> Meeting:
    """Show title, day and place to the members, TENTATIVE in their calendars; the agenda stays the secretariat's."""
    meeting = draft(meeting_id)
    insist_unchanged(meeting.facts_revision, revision)
    if meeting.starts_at <= at:
        raise Refused("past")
    if meeting.announced_at is None:
        meeting.announced_at = at
        meeting.facts_revision = touch(meeting, at=at)
        journal.write("meeting_announced", f"meeting:{meeting.id}", at=at, by=by)
    return meeting


def withdraw_announcement(meeting_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Meeting:
    """Back to a draft nobody else sees; SEQUENCE moves so that a later announcement counts as newer."""
    meeting = draft(meeting_id)
    if meeting.announced_at is not None:
        meeting.announced_at = None
        meeting.sequence += 1
        meeting.facts_revision = touch(meeting, at=at)
        journal.write("announcement_withdrawn", f"meeting:{meeting.id}", at=at, by=by)
    return meeting


def _facts(meeting: Meeting) -> Facts:
    return Facts(meeting.title, meeting.starts_at, meeting.ends_at, meeting.place)


def _take(meeting: Meeting, organization: Organization, facts: Facts) -> None:
    day = clock.local_day(facts.starts_at, organization.body.zone)
    if meeting.day != day:
        term = term_on(organization.body_id, day)
        if term is None:
            raise Refused("no_term", day=day)
        meeting.day, meeting.term_id = day, term.id
    if facts.ends_at and facts.ends_at <= facts.starts_at:
        raise Refused("ends_before")
    meeting.title, meeting.place = facts.title, facts.place
    meeting.starts_at, meeting.ends_at = facts.starts_at, facts.ends_at


def _insist_alone(organization_id: uuid.UUID, starts_at: datetime) -> None:
    """One organization sits once at a time: a form sent twice makes one meeting."""
    twin = db.session.scalars(
        select(Meeting.id).where(
            Meeting.organization_id == organization_id,
            Meeting.starts_at == starts_at,
            Meeting.cancelled_at.is_(None),
        )
    ).first()
    if twin is not None:
        raise Refused("already_there", meeting_id=twin)


def _organization(organization_id: uuid.UUID) -> Organization:
    return db.session.scalars(
        select(Organization).where(Organization.id == organization_id).options(joinedload(Organization.body))
    ).one()
