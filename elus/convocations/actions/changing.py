"""After publishing: another hour or place, other papers, another date, or no sitting at all; each is a new version and one letter.

What changes shows at once and the letters leave at once: only a first publication waits a minute.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elus.convocations import queries
from elus.convocations.actions.issuing import Issue, issue, supersede
from elus.convocations.actions.publishing import (
    Order,
    author_among,
    insist_possible,
    locked,
    weigh,
)
from elus.convocations.agenda import Agenda
from elus.convocations.changes import Change, of_papers
from elus.convocations.manifest import Grounds, Signature
from elus.convocations.models import Version, VersionKind
from elus.convocations.queries.checking import verdict_of
from elus.kernel import clock, journal, text
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer
from elus.meetings.actions import Facts, apply_facts
from elus.meetings.dossier import actions as dossier
from elus.meetings.models import Meeting
from elus.organizations.models import Membership


@dataclass(frozen=True)
class Situation:
    """A published meeting about to change, locked, with what people hold."""

    meeting: Meeting
    convening: Version
    last: Version


def move(meeting_id: uuid.UUID, facts: Facts, order: Order, *, by: Viewer, at: datetime) -> Version:
    """Another hour or place is told; another day is a new convocation, with its own delay (CGCT L2121-11, -12)."""
    found = published(meeting_id, revision=order.revision, at=at)
    meeting = found.meeting
    if facts.starts_at <= at:
        raise Refused("past")
    before = (meeting.day, meeting.starts_at, meeting.place)
    if not apply_facts(meeting, facts, at=at):
        raise Refused("nothing_changed")
    told = differences(before, (meeting.day, meeting.starts_at, meeting.place))
    another_day = meeting.day != before[0]
    agenda = queries.agenda(meeting_id)
    members = _convened(meeting, at)
    insist_possible(agenda, members)
    if another_day:
        verdict, grounds = weigh(meeting, agenda, order, leaves=at)
    else:
        verdict, grounds = verdict_of(meeting, agenda, at=at), _grounds(found.convening)
    version = issue(
        Issue(
            kind=VersionKind.CONVOCATION if another_day else VersionKind.MEETING_CHANGED,
            meeting=meeting,
            agenda=agenda,
            members=members,
            author=author_among(members, order),
            verdict=verdict,
            grounds=grounds,
            changes=told,
            told=None if another_day else found.last.manifest["agenda"],
            by=by,
            at=at,
            leaves_at=at,
        )
    )
    supersede(version, found.last, at=at)
    if another_day:
        dossier.release(meeting_id, leaves_at=at)
    noted: dict[str, Any] = {"fields": [change.code for change in told], "recipients": len(members)}
    journal.write("convocation_moved", f"meeting:{meeting_id}", at=at, by=by.user_id, again=another_day, **noted)
    return version


def tell_papers(meeting_id: uuid.UUID, revision: int, *, by: Viewer, at: datetime) -> Version:
    """One letter for all the papers added, replaced or withdrawn since the last version; the former ones are kept."""
    found = published(meeting_id, revision=revision, at=at)
    agenda = queries.agenda(meeting_id)
    told = of_papers(found.last.manifest, agenda)
    if not told:
        raise Refused("nothing_changed")
    version, recipients = _tell(found, VersionKind.PAPERS_CHANGED, agenda, by=by, at=at, changes=told)
    journal.write("papers_told", f"meeting:{meeting_id}", at=at, by=by.user_id, recipients=recipients)
    dossier.release(meeting_id, leaves_at=at)
    found.meeting.revision += 1
    found.meeting.changed_at = at
    return version


def cancel(meeting_id: uuid.UUID, revision: int, reason: str, *, by: Viewer, at: datetime) -> Version:
    """Free until the opening: everybody is told, calendars cross it out."""
    found = published(meeting_id, revision=revision, at=at)
    meeting = found.meeting
    meeting.cancelled_at = meeting.changed_at = at
    meeting.sequence += 1
    meeting.revision += 1
    agenda = queries.agenda(meeting_id)
    version, recipients = _tell(found, VersionKind.CANCELLATION, agenda, by=by, at=at, reason=reason.strip())
    journal.write("meeting_cancelled", f"meeting:{meeting_id}", at=at, by=by.user_id, recipients=recipients)
    return version


def published(meeting_id: uuid.UUID, *, revision: int, at: datetime) -> Situation:
    """The locked meeting, once its convocation has left and before it opens; refuse otherwise."""
    meeting = locked(meeting_id)
    if meeting.cancelled_at:
        raise Refused("cancelled")
    if meeting.published_at is None or meeting.published_at > at:
        raise Refused("not_left", leaves_at=meeting.published_at)
    if meeting.revision != revision:
        raise Refused("changed_meanwhile", changed_at=meeting.changed_at)
    if meeting.starts_at <= at:
        raise Refused("past")
    held = queries.versions(meeting_id)
    convening = queries.convening(held)
    assert convening is not None
    return Situation(meeting, convening, held[-1])


def differences(before: tuple[object, datetime, str], after: tuple[object, datetime, str]) -> list[Change]:
    """What moved: the day, else the hour; and the place."""
    found = []
    if before[0] != after[0]:
        found.append(Change("day", before=text.moment(before[1]), after=text.moment(after[1])))
    elif before[1] != after[1]:
        found.append(Change("hour", before=text.hour(before[1]), after=text.hour(after[1])))
    if before[2] != after[2]:
        found.append(Change("place", before=before[2], after=after[2]))
    return found


def _tell(
    found: Situation,
    kind: VersionKind,
    agenda: Agenda,
    *,
    by: Viewer,
    at: datetime,
    changes: Sequence[Change] = (),
    reason: str = "",
) -> tuple[Version, int]:
    """The new version, and how many people it is for."""
    meeting = found.meeting
    members = _convened(meeting, at)
    insist_possible(agenda, members)
    version = issue(
        Issue(
            kind=kind,
            meeting=meeting,
            agenda=agenda,
            members=members,
            author=Signature(by.person_id, found.last.author_name, found.last.author_quality),
            verdict=verdict_of(meeting, agenda, at=at),
            grounds=_grounds(found.convening),
            changes=changes,
            told=None if changes else found.last.manifest["agenda"],
            reason=reason,
            by=by,
            at=at,
            leaves_at=at,
        )
    )
    supersede(version, found.last, at=at)
    return version, len(members)


def _convened(meeting: Meeting, at: datetime) -> list[Membership]:
    return queries.convened(meeting.organization_id, clock.local_day(at, meeting.organization.body.zone))


def _grounds(convening: Version) -> Grounds:
    return Grounds(convening.urgency, convening.late_reason)
