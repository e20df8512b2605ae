"""The council that the stories of convocations are told about."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from elus.convocations import actions, queries
from elus.convocations.actions import Order
from elus.convocations.models import Version
from elus.convocations.tasks import seal_due, send_due
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership, Organization, Person, Role
from tests import factories as make

LATER = timedelta(seconds=61)


class Council:
    """A council with a president, members, a substitute and a secretary, and one meeting ready to publish."""

    def __init__(self, members: int = 3, *, days: int = 14, papers: int = 1, **meeting: object) -> None:
        self.organization: Organization = make.organization()
        self.president: Person = make.president(self.organization)
        self.members = [make.member(self.organization) for _ in range(members)]
        self.substitute = make.member(self.organization, role=Role.SUBSTITUTE)
        self.secretary: Person = make.secretary(self.organization)
        self.at = clock.now()
        files = [make.file(b"%%PDF-1.7 %d" % number, title=f"Note {number}") for number in range(1, papers + 1)]
        self.meeting: Meeting = make.meeting(
            self.organization,
            day=clock.local_day(self.at + timedelta(days=days)),
            published=False,
            announced=False,
            papers=files,
            **meeting,  # type: ignore[arg-type]
        )
        self.meeting_id = self.meeting.id

    @property
    def viewer(self) -> Viewer:
        """The secretary, signed in."""
        return viewer_of(self.secretary, self.at)

    def order(self, **other: object) -> Order:
        """The president convenes, nothing changed meanwhile."""
        chair = db.session.scalars(select(Membership.id).where(Membership.person_id == self.president.id)).one()
        revision = db.session.scalars(select(Meeting.revision).where(Meeting.id == self.meeting_id)).one()
        return Order(**{"revision": revision, "author_id": chair, **other})  # type: ignore[arg-type]

    def publish(self, at: datetime | None = None, **other: object) -> Version:
        """Press « Publier »."""
        order, viewer = self.order(**other), self.viewer
        with transaction():
            return actions.publish(self.meeting_id, order, by=viewer, at=at or self.at)

    def sent(self, **other: object) -> Version:
        """Published, sealed and handed to the mail server."""
        version = self.publish(**other)
        run(self.at + LATER)
        db.session.refresh(version)
        return version

    def on_paper(self) -> Person:
        """One more member, convened on paper."""
        who = make.person(email=None, address="3 rue des Tilleuls\n79200 Parthenay")
        return make.member(self.organization, who, channel=Channel.PAPER_HOME)


def run(at: datetime) -> None:
    """What the worker does at an instant."""
    seal_due(at)
    send_due(at)
    db.session.expire_all()


def viewer_of(person: Person, at: datetime) -> Viewer:
    """A person behind a proven session."""
    user = make.account(person)
    return Viewer(user.id, person.id, uuid.uuid4(), person.name, at, clock.local_day(at), secretary=True)


def held(meeting_id: uuid.UUID) -> list[Version]:
    """The versions of a meeting, read again."""
    db.session.rollback()
    return queries.versions(meeting_id)
