"""Publishing and withdrawing in time: one transaction each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from elus.convocations import departure, queries
from elus.convocations.actions.issuing import Issue, issue, signature
from elus.convocations.agenda import Agenda
from elus.convocations.mails import settings_in_force
from elus.convocations.manifest import Grounds, Signature
from elus.convocations.models import Recipient, Version, VersionKind
from elus.convocations.queries.checking import verdict_of
from elus.kernel import clock, journal
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer
from elus.kernel.outbox import Letter, LetterState, can_send
from elus.law.delays import Verdict
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership, Organization
from elus.register import actions as register


@dataclass(frozen=True)
class Order:
    """What the agent decides with the mayor or president when pressing « Publier »."""

    revision: int
    author_id: uuid.UUID  # membership of whoever convenes
    replacement: str = ""  # « par remplacement », in the words of the form
    urgent: bool = False
    reason: str = ""


def publish(meeting_id: uuid.UUID, order: Order, *, by: Viewer, at: datetime) -> Version:
    """Freeze what is convened and to whom (CGCT L2121-10); late is never forbidden, always explained."""
    meeting = locked(meeting_id)
    insist_draft(meeting, order.revision, at)
    zone = meeting.organization.body.zone
    agenda = queries.agenda(meeting_id)
    plain = verdict_of(meeting, agenda, at=at)
    leaves = departure.leaves_at(at, latest=plain.latest, zone=zone)
    members = queries.convened(meeting.organization_id, clock.local_day(leaves, zone))
    insist_possible(agenda, members)
    verdict, grounds = weigh(meeting, agenda, order, leaves=leaves)
    version = issue(
        Issue(
            kind=VersionKind.CONVOCATION,
            meeting=meeting,
            agenda=agenda,
            members=members,
            author=author_among(members, order),
            verdict=verdict,
            grounds=grounds,
            by=by,
            at=at,
            leaves_at=leaves,
        )
    )
    meeting.published_at = leaves
    meeting.announced_at = meeting.announced_at or leaves
    meeting.revision += 1
    journal.write(
        "convocation_published",
        f"meeting:{meeting.id}",
        at=at,
        by=by.user_id,
        recipients=len(members),
        urgent=order.urgent,
        late=not verdict.ok,
    )
    return version


def withdraw(meeting_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> Version:
    """« Annuler l’envoi » before anything leaves: the meeting is a draft again, the register keeps both acts."""
    meeting = locked(meeting_id)
    version = queries.latest(meeting_id)
    if version is None or version.withdrawn_at or version.kind is not VersionKind.CONVOCATION:
        raise Refused("nothing_to_withdraw")
    db.session.refresh(version, with_for_update=True)  # the worker seals under this lock: either it has, or it will not
    if at >= version.leaves_at or version.pdf_id is not None or meeting.published_at is None:
        raise Refused("left", leaves_at=version.leaves_at)
    version.withdrawn_at = at
    db.session.execute(
        update(Letter)
        .where(Letter.id.in_(select(Recipient.letter_id).where(Recipient.version_id == version.id)))
        .values(state=LetterState.WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    if meeting.announced_at == meeting.published_at:
        meeting.announced_at = None
    meeting.published_at = None
    meeting.revision += 1
    register.record("withdrawn", version.convocation_id, at=at, version=version.fingerprint)
    journal.write("convocation_withdrawn", f"meeting:{meeting.id}", at=at, by=by)
    return version


def locked(meeting_id: uuid.UUID) -> Meeting:
    """The meeting with its organization and body, whose row nobody else changes until the end of the transaction."""
    return db.session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .options(joinedload(Meeting.organization, innerjoin=True).joinedload(Organization.body, innerjoin=True))
        .with_for_update(of=Meeting)
    ).one()


def insist_draft(meeting: Meeting, revision: int, at: datetime) -> None:
    """Refuse what was already published, cancelled, changed meanwhile, or is already over."""
    if meeting.cancelled_at:
        raise Refused("cancelled")
    if meeting.published_at:
        raise Refused("already_published", published_at=meeting.published_at)
    if meeting.revision != revision:
        raise Refused("changed_meanwhile", changed_at=meeting.changed_at)
    if meeting.starts_at <= at:
        raise Refused("past")


def insist_possible(agenda: Agenda, members: Sequence[Membership]) -> None:
    """Refuse what is arithmetically impossible: nothing to decide, nobody to convene, no way to write to them."""
    if not agenda.points:
        raise Refused("agenda_empty")
    if not members:
        raise Refused("nobody")
    by_mail = any(row.channel is Channel.ELECTRONIC and row.person.email for row in members)
    if by_mail and not can_send(settings_in_force()):
        raise Refused("mail_off")


def weigh(meeting: Meeting, agenda: Agenda, order: Order, *, leaves: datetime) -> tuple[Verdict, Grounds]:
    """The verdict to freeze and its grounds; a reason is compulsory when the delay is short or shortened."""
    verdict = verdict_of(meeting, agenda, at=leaves, urgent=order.urgent)
    reason = order.reason.strip()
    if (order.urgent or not verdict.ok) and not reason:
        raise Refused("reason_required", verdict=verdict)
    return verdict, Grounds(urgency=reason if order.urgent else None, late_reason=reason if not verdict.ok else None)


def author_among(members: Sequence[Membership], order: Order) -> Signature:
    """Who convenes, still in office on the day it leaves."""
    for row in queries.signatories(members):
        if row.id == order.author_id:
            convenes = row.post is not None and row.post.convenes
            return signature(row, replacement="" if convenes else order.replacement)
    raise Refused("author_gone")
