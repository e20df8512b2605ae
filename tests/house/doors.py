"""The world in which every door is tried: three councils' worth of people, one meeting in each of its states."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from elus.calendars.actions import create_feed
from elus.convocations.manifest import of_agenda
from elus.convocations.models import Recipient, Version
from elus.convocations.queries import agenda
from elus.identity import actions as identity
from elus.identity.models import Invitation, PasswordReset, User, hash_token
from elus.identity.origin import Origin
from elus.kernel import blobs, clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.web import release
from elus.meetings.models import AgendaItem, RemovedItem
from elus.organizations.models import Organization, Person, Role, WelcomeBatch
from elus.papers.models import File, FileState
from tests import factories as make
from tests.conftest import Browser

PEOPLE = (
    "stranger",
    "halfway",
    "enrolling",
    "rescued",
    "outsider",
    "informed",
    "former",
    "other_secretary",
    "administrator",
    "member",
    "substitute",
    "secretary",
)
UNPROVEN = frozenset({"stranger", "halfway", "enrolling", "rescued"})
"""Nobody yet: the password alone, an invitation half used or a rescue code opens nothing else."""
SETTING_UP = frozenset({"enrolling", "rescued"})
SIGNED_IN = frozenset(PEOPLE) - UNPROVEN
SEATED = frozenset({"member", "substitute"})
STATES = ("draft", "announced", "published")


@dataclass
class World:
    """One council, its people, a neighbour, and what the addresses name."""

    app: Flask
    state: str
    browsers: dict[str, Browser] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    def url(self, pattern: str) -> str:
        """An address with what this world holds."""
        return pattern.format(**self.ids)

    def ask(self, who: str, method: str, url: str, *, token: bool = True, **options: Any) -> TestResponse:
        """One request by one person, with the token of a form this person has just opened."""
        browser = self.browsers[who]
        if method in {"POST", "PUT"} and token:
            if who not in self.tokens:
                self.tokens[who] = browser.token("/affichage")
            options["headers"] = {**options.get("headers", {}), "X-CSRFToken": self.tokens[who]}
        return browser.open(url, method=method, **options)


def build(app: Flask, sign_in: Callable[..., Browser], state: str) -> World:
    """The world with its meeting in a state."""
    world = World(app, state)
    council, neighbour = make.organization(), make.organization("Conseil municipal")
    people = _people(council, neighbour)
    for name, somebody in people.items():
        world.browsers[name] = sign_in(somebody)
    world.browsers["stranger"] = Browser(app)
    world.browsers["halfway"] = _cookie(app, "pending", _pending(make.member(council)))
    invited, link, started = _invited(council)
    world.browsers["enrolling"] = _cookie(app, "enrolment", started)
    world.browsers["rescued"] = _cookie(app, "rescue", _rescued(make.member(council)))
    world.ids |= {"organization": council.id, "person": invited.id, "token": link, "release": release()}
    _meeting(world, council, people["member"])
    world.ids |= _loose_things(people["member"])
    world.ids["letters"] = _letters(people["secretary"], invited)
    world.ids |= _helped(people["member"])
    db.session.rollback()
    return world


def _people(council: Organization, neighbour: Organization) -> dict[str, Person]:
    yesterday = clock.local_day(clock.now()) - timedelta(days=1)
    make.president(council)
    return {
        "outsider": make.member(neighbour),
        "informed": make.member(council, role=Role.INFORMED),
        "former": make.member(council, ends_on=yesterday),
        "other_secretary": make.secretary(neighbour),
        "administrator": make.administrator(),
        "member": make.member(council),
        "substitute": make.member(council, role=Role.SUBSTITUTE),
        "secretary": make.secretary(council),
    }


def _cookie(app: Flask, name: str, token: str) -> Browser:
    browser = Browser(app)
    with browser.client.session_transaction() as cookie:
        cookie[name] = token
    return browser


def _pending(of: Person) -> str:
    """The password of somebody who has a code too."""
    user_id = make.account(of).id
    with transaction():
        db.session.get_one(User, user_id).totp_confirmed_at = clock.now()
        return identity.open_pending(user_id, origin=Origin("tests"), long_lived=False, at=clock.now())


def _rescued(of: Person) -> str:
    user_id = make.account(of).id
    with transaction():
        return identity.open_rescued(user_id, origin=Origin("tests"), at=clock.now())


def _helped(member: Person) -> dict[str, Any]:
    """Somebody whose account one may help or close, and who asked for another password."""
    token, user_id, now = uuid.uuid4().hex, make.account(member).id, clock.now()
    ends = now + timedelta(minutes=30)
    make.saved(PasswordReset(user_id=user_id, token_hash=hash_token(token), created_at=now, expires_at=ends))
    return {"helped": member.id, "account": user_id, "reset": token}


def _invited(council: Organization) -> tuple[Person, str, str]:
    """Somebody in office without an account, a link never opened, and what the browser of another invitation keeps."""
    link_token = uuid.uuid4().hex
    invited = make.member(council)
    user = make.account(invited)
    other = make.account(make.member(council))
    now = clock.now()
    with transaction():
        for one in (user, other):
            db.session.get_one(User, one.id).activated_at = None
        link = Invitation(
            id=uuid.uuid4(),
            user_id=user.id,
            token_hash=hash_token(link_token),
            created_at=now - timedelta(days=1),
            expires_at=now + timedelta(days=1),
        )
        begun = Invitation(
            id=uuid.uuid4(),
            user_id=other.id,
            token_hash=hash_token(uuid.uuid4().hex),
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
        db.session.add_all([link, begun])
        db.session.flush()
        started = identity.open_invitation(begun.id, at=now)
    return db.session.get_one(Person, invited.id), link_token, started


def _letters(asker: Person, invited: Person) -> uuid.UUID:
    """Letters asked for and not made yet."""
    now = clock.now()
    asked = WelcomeBatch(
        id=uuid.uuid4(),
        asked_by=make.account(asker).id,
        asked_at=now,
        people=[str(invited.id)],
        expires_at=now + timedelta(days=1),
    )
    return make.saved(asked).id


def _meeting(world: World, council: Organization, member: Person) -> None:
    file_id = make.file(b"%PDF-1.7 le dossier").id
    file = db.session.get_one(File, file_id)
    paper_id = file.paper_id
    file.paper  # noqa: B018 — loaded for the factory
    published = world.state == "published"
    meeting = make.meeting(council, published=published, announced=world.state != "draft", papers=[file])
    meeting_id = meeting.id
    item_id = db.session.scalars(select(AgendaItem.id).where(AgendaItem.meeting_id == meeting_id).limit(1)).one()
    recipient = uuid.uuid4()
    if published:
        version = make.convocation(meeting, [member])
        version_id = version.id
        recipient = db.session.scalars(select(Recipient.id).where(Recipient.version_id == version_id)).one()
        _seal(version_id, meeting_id)
    incoming_id, gone = _receiving(meeting_id, paper_id), uuid.uuid4()
    make.saved(
        RemovedItem(
            meeting_id=meeting_id,
            item_id=gone,
            position=1,
            title="Point retiré",
            content={
                "title": "Point retiré",
                "summary": "",
                "rapporteur": "",
                "kind": "deliberation",
                "visibility": "members",
                "closed_session_planned": False,
                "sensitive": False,
                "icpe": False,
            },
            consultations=[],
        )
    )
    world.ids |= {
        "meeting": meeting_id,
        "file": file_id,
        "paper": paper_id,
        "item": item_id,
        "recipient": recipient,
        "incoming": incoming_id,
        "gone": gone,
    }


def _seal(version_id: uuid.UUID, meeting_id: uuid.UUID) -> None:
    with transaction():
        blob = blobs.write(f"convocation_version:{version_id}", [b"%PDF-1.7 la convocation"], at=clock.now())
        db.session.flush()
        version = db.session.get_one(Version, version_id)
        version.pdf_id = blob.id
        version.manifest = {"agenda": of_agenda(agenda(meeting_id)), "recipients": [{"role": "full"}]}


def _receiving(meeting_id: uuid.UUID, paper_id: uuid.UUID) -> uuid.UUID:
    """A new version on its way: four bytes are announced."""
    file = File(
        id=uuid.uuid4(),
        paper_id=paper_id,
        version=2,
        name="note-2.pdf",
        size=4,
        state=FileState.RECEIVING,
        created_at=clock.now(),
    )
    return make.saved(file).id


def _loose_things(member: Person) -> dict[str, Any]:
    person_id = member.id
    with transaction():
        feed = create_feed(person_id, clock.now())
        journal.write("mail_down", "mail", at=clock.now())
    alarm = db.session.scalars(select(JournalEntry.id).where(JournalEntry.action == "mail_down")).first()
    mine = {
        "passkey": make.passkey(member).id,
        "device": make.device(member).id,
        "session": make.session(member).id,
    }
    return {"feed": feed, "alarm": alarm, **mine}


def contents() -> dict[str, Any]:
    """How many rows every table holds, and the very rows of what proves."""
    db.session.rollback()
    kept: dict[str, Any] = {
        table.name: db.session.scalar(select(func.count()).select_from(table)) for table in db.metadata.sorted_tables
    }
    for name in ("register_event", "reading", "answer", "meeting", "paper", "agenda_item", "invitation", "letter"):
        kept[f"rows of {name}"] = sorted(map(repr, db.session.execute(select(db.metadata.tables[name]))))
    db.session.rollback()
    return kept


__all__ = ["PEOPLE", "SEATED", "SETTING_UP", "SIGNED_IN", "STATES", "UNPROVEN", "World", "build", "contents"]
