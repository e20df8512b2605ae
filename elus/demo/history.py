"""The sittings of the last two months, convened as the portal does it: version, PDF, letters, receipts."""

import random
import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import select

from elus.config import Settings
from elus.convocations import document, queries, tasks
from elus.convocations.actions import Order, acknowledge, hand_over, opened, publish
from elus.convocations.actions.sealing import seal
from elus.convocations.forms import ACKNOWLEDGEMENT
from elus.convocations.models import Recipient, Version
from elus.demo.days import ident
from elus.demo.sittings import Sitting
from elus.identity.models import User
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership, Role

OPENED, ACKNOWLEDGED = 0.78, 0.66
RECENT = timedelta(days=62)


def become_a_demonstration() -> None:
    """From here on letters go to the outbox folder, never to a mail server."""
    found: Settings = current_app.extensions["elus.settings"]
    current_app.extensions["elus.settings"] = replace(found, demonstration=True, smtp_url=None)
    current_app.jinja_env.globals["demonstration"] = True


def recent(gone: list[Sitting], today: date) -> list[uuid.UUID]:
    """The sittings the secretariat still looks at, oldest sending first."""
    found = [one.meeting for one in gone if one.meeting.day >= today - RECENT]
    return [meeting.id for meeting in sorted(found, key=lambda meeting: (meeting.changed_at, meeting.id))]


def convene(meeting_id: uuid.UUID) -> None:
    """Publish a past sitting at its hour and make its PDF; the caller holds the transaction."""
    meeting = db.session.get_one(Meeting, meeting_id)
    at = meeting.published_at
    assert at
    meeting.published_at = meeting.announced_at = None
    db.session.flush()
    members = queries.convened(meeting.organization_id, clock.local_day(at))
    author = queries.signatories(members)[0]
    agent = _agent(meeting, at)
    version = publish(
        meeting_id, Order(revision=meeting.revision, author_id=author.id), by=_viewer(agent, meeting_id, at), at=at
    )
    seal(version.id, document.convocation(version.manifest), at=version.leaves_at)


def _agent(meeting: Meeting, at: datetime) -> User:
    """Of the secretariat of the organization that sits."""
    return db.session.scalars(
        select(User)
        .join(Membership, Membership.person_id == User.person_id)
        .where(
            Membership.organization_id == meeting.organization_id,
            Membership.role == Role.SECRETARY,
            Membership.in_force(clock.local_day(at)),
        )
        .order_by(User.email)
        .limit(1)
    ).one()


def deliver(meeting_id: uuid.UUID) -> None:
    """Write the letters of a sitting to the outbox, at their hour; then what members did with them."""
    version = queries.latest(meeting_id)
    assert version
    version_id, leaves = version.id, version.leaves_at
    tasks.send_due(leaves)
    with transaction():
        _receive(db.session.get_one(Version, version_id), meeting_id)


def _receive(version: Version, meeting_id: uuid.UUID) -> None:
    draw = random.Random(version.leaves_at.toordinal())  # noqa: S311 — who reads, in a fiction
    leaves = version.leaves_at
    acts: list[tuple[datetime, User]] = []
    users = {user.person_id: user for user in db.session.scalars(select(User).where(User.activated_at.is_not(None)))}
    for recipient in db.session.scalars(
        select(Recipient).where(Recipient.version_id == version.id).order_by(Recipient.person_id)
    ).all():
        if recipient.channel is not Channel.ELECTRONIC or not recipient.address:
            on = clock.local_day(leaves + timedelta(days=1))
            hand_over(
                recipient.id,
                on=on,
                reference="Remis en main propre",
                today=on,
                by=version.operator_id,
                at=leaves + timedelta(days=1),
            )
        elif recipient.person_id in users and draw.random() < OPENED:
            acts.append((leaves + timedelta(minutes=draw.randrange(20, 6000)), users[recipient.person_id]))
    for at, user in sorted(acts, key=lambda act: act[0]):
        by = _viewer(user, meeting_id, at)
        opened(meeting_id, by=by, factor="totp", at=at)
        if draw.random() < ACKNOWLEDGED:
            acknowledge(meeting_id, ACKNOWLEDGEMENT, by=by, at=at + timedelta(minutes=2))


def _viewer(user: User, meeting_id: uuid.UUID, at: datetime) -> Viewer:
    return Viewer(
        user_id=user.id,
        person_id=user.person_id,
        session_id=ident("session", meeting_id, user.id),
        name="",
        at=at,
        day=clock.local_day(at),
    )
