"""A temporary installation made by the product itself: 600 people, meetings, papers, calendars, sessions."""

import json
import os
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from flask import Flask, g, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from bench import content
from elus import create_app
from elus.calendars.actions import create_feed
from elus.config import load
from elus.identity import actions, passwords
from elus.identity.origin import Origin
from elus.kernel import blobs, clock
from elus.kernel.crypto import Keyring
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.ops import schema
from elus.organizations.models import (
    Body,
    LegislativeTerm,
    Membership,
    Organization,
    OrganizationKind,
    Person,
    Post,
    Role,
)
from elus.papers.models import File, FileState, Paper, PaperKind

PEOPLE, ACCOUNTS = 600, 12
PASSWORD = "quatre arbres sous la pluie"
TEN = 10 * content.MEBI
KINDS = (PaperKind.NOTE, PaperKind.DRAFT_RESOLUTION, PaperKind.ANNEX)


@dataclass
class Instance:
    """The installation and what the measures need to know of it; plain values only."""

    app: Flask
    environment: dict[str, str]
    port: int
    organization_id: uuid.UUID
    term_id: uuid.UUID
    author_id: uuid.UUID
    people: list[uuid.UUID]
    users: list[uuid.UUID]
    secretary: uuid.UUID
    secretary_user: uuid.UUID
    papers: list[tuple[uuid.UUID, uuid.UUID]]  # paper, file; the first weighs 10 MiB

    def viewer(self, at: datetime) -> Viewer:
        """The secretary, as actions want to know who acts."""
        return Viewer(self.secretary_user, self.secretary, uuid.uuid4(), "Secrétariat Fictif", at, clock.local_day(at))


def build(folder: Path, port: int, smtp_port: int) -> Instance:
    """Make the installation in an empty folder."""
    environment = {
        "ELUS_INSTANCE": str(folder),
        "ELUS_LISTEN": f"127.0.0.1:{port}",
        "ELUS_PUBLIC_URL": f"http://localhost:{port}",
        "ELUS_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "ELUS_MAIL_FROM": "assemblees@banc.invalid",
        "ELUS_MAX_FILE_MB": "1200",
        "ELUS_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELUS_")}
    settings = load({**kept, **environment})
    Keyring.create(settings.keys)
    app = create_app(settings)
    with app.app_context():
        schema.migrate(clock.now())
        return _filled(app, environment, port)


def _filled(app: Flask, environment: dict[str, str], port: int) -> Instance:
    body = Body(
        name="Communauté de communes du Banc d’essai",
        body_type="epci_council",
        siren="200000000",
        insee=None,
        population=36_926,
        address="1 place du Banc, 79200 Essai",
    )
    with transaction():
        db.session.add(body)
        db.session.flush()
        term = LegislativeTerm(
            body_id=body.id, name="Mandat", starts_on=clock.local_day(clock.now()) - timedelta(days=240)
        )
        organization = _organization(body.id)
        db.session.add_all([term, organization])
        db.session.flush()
        post = Post(organization_id=organization.id, label="Présidente", rank=1, convenes=True)
        db.session.add(post)
        db.session.flush()
        people = [_person(n) for n in range(PEOPLE + 1)]
        db.session.add_all(people)
        db.session.flush()
        seats = [_seat(person.id, organization.id, term, n, post.id) for n, person in enumerate(people)]
        db.session.add_all(seats)
        db.session.flush()
        found = Instance(
            app=app,
            environment=environment,
            port=port,
            organization_id=organization.id,
            term_id=term.id,
            author_id=seats[0].id,
            people=[person.id for person in people[:PEOPLE]],
            users=[],
            secretary=people[PEOPLE].id,
            secretary_user=uuid.uuid4(),
            papers=[],
        )
    _open_accounts(found)
    _store_papers(found)
    return found


def _organization(body_id: uuid.UUID) -> Organization:
    return Organization(
        id=uuid.uuid4(),
        body_id=body_id,
        name="Conseil communautaire",
        kind=OrganizationKind.ASSEMBLY,
        regime_type="epci_council",
        seats=PEOPLE,
        public_sittings=True,
        usual_place="Salle des fêtes, 79200 Essai",
    )


def _person(n: int) -> Person:
    return Person(
        civility="Mme" if n % 2 else "M.",
        first_name="Camille",
        last_name=f"Fictive {n}",
        email=f"personne{n}@banc.invalid",
    )


def _seat(
    person_id: uuid.UUID, organization_id: uuid.UUID, term: LegislativeTerm, n: int, post_id: uuid.UUID
) -> Membership:
    return Membership(
        person_id=person_id,
        organization_id=organization_id,
        term_id=term.id,
        role=Role.SECRETARY if n == PEOPLE else Role.FULL,
        post_id=post_id if n == 0 else None,
        starts_on=term.starts_on,
        table_order=n,
    )


def _open_accounts(found: Instance) -> None:
    hashed, at = passwords.hash_password(PASSWORD), clock.now()
    with transaction():
        for person_id in [*found.people[:ACCOUNTS], found.secretary]:
            user = actions.create_account(db.session.get_one(Person, person_id), at=at)
            actions.set_password(user, hashed)
            user.activated_at = at
            found.users.append(user.id)
    found.secretary_user = found.users.pop()


def _store_papers(found: Instance) -> None:
    at, seed = clock.now(), secrets.token_bytes(4096)
    names = [name for item in content.agenda() for name in item.papers]
    with transaction():
        for n, name in enumerate(names):
            paper = Paper(id=uuid.uuid4(), title=name, kind=KINDS[n % 3], created_at=at, ready_at=at)
            file_id = uuid.uuid4()
            made = blobs.write(f"file:{file_id}:1", content.pdf(TEN if n == 0 else 20_000 + 500 * n, seed), at=at)
            db.session.add_all([paper, made])
            db.session.flush()
            db.session.add(
                File(
                    id=file_id,
                    paper_id=paper.id,
                    version=1,
                    name=f"{name}.pdf",
                    media_type="application/pdf",
                    size=made.size,
                    pages=1 + n % 12,
                    state=FileState.READY,
                    blob_id=made.id,
                    created_at=at,
                    checked_at=at,
                )
            )
            found.papers.append((paper.id, file_id))


def draft(of: Instance, days: int = 14) -> uuid.UUID:
    """A meeting nobody sees yet, with the whole agenda; gives its id."""
    at = clock.now()
    day = clock.local_day(at) + timedelta(days=days)
    meeting = Meeting(
        id=uuid.uuid4(),
        organization_id=of.organization_id,
        term_id=of.term_id,
        title="Conseil communautaire",
        starts_at=datetime.combine(day, time(16, 30), UTC),
        day=day,
        place="Salle des fêtes, 79200 Essai",
        created_at=at - timedelta(days=20),
        changed_at=at - timedelta(days=10),
    )
    papers = iter(of.papers)
    with transaction():
        db.session.add(meeting)
        db.session.flush()
        for position, entry in enumerate(content.agenda(), 1):
            item = AgendaItem(
                id=uuid.uuid4(),
                meeting_id=meeting.id,
                position=position,
                title=entry.title,
                summary=entry.summary,
                rapporteur=entry.rapporteur,
            )
            db.session.add(item)
            db.session.flush()
            for place, _ in enumerate(entry.papers, 1):
                paper_id, _file_id = next(papers)
                db.session.add(Consultation(meeting_id=meeting.id, item_id=item.id, paper_id=paper_id, position=place))
        return meeting.id


def calendar(of: Instance, person_id: uuid.UUID, meetings: int) -> str:
    """Give a person a calendar of so many meetings in a council of their own, and its secret; all are announced."""
    at = clock.now()
    with transaction():
        body_id = db.session.scalars(select(Organization.body_id)).first()
        council = _organization(body_id or uuid.uuid4())
        council.name = f"Commission de {meetings} réunions"
        db.session.add(council)
        db.session.flush()
        term = db.session.get_one(LegislativeTerm, of.term_id)
        db.session.add(_seat(person_id, council.id, term, 1, council.id))
        for n in range(meetings):
            day = clock.local_day(at) + timedelta(days=n % 300 - 40)
            db.session.add(
                Meeting(
                    organization_id=council.id,
                    term_id=of.term_id,
                    title=f"Commission, séance {n + 1}",
                    starts_at=datetime.combine(day, time(16, 30), UTC),
                    day=day,
                    place="Salle des fêtes, 79200 Essai",
                    created_at=at - timedelta(days=90),
                    changed_at=at - timedelta(days=50),
                    announced_at=at - timedelta(days=50),
                )
            )
        return create_feed(person_id, at)


@dataclass(frozen=True)
class SignedIn:
    """What a browser sends once both factors are proven."""

    cookie: str
    csrf: str


def sign_in(app: Flask, user_id: uuid.UUID) -> SignedIn:
    """A proven session of an account."""
    with transaction():
        token = actions.start_session(
            user_id, factor="passkey", origin=Origin("banc"), long_lived=False, at=clock.now()
        )
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    with app.test_request_context():
        session.update({"_user_id": token, "_fresh": True})
        g.pop("csrf_token", None)  # this context is the one around: another session's token may be kept there
        csrf = generate_csrf()
        cookie = serializer.dumps(json.loads(json.dumps(dict(session))))
    return SignedIn(f"{app.config['SESSION_COOKIE_NAME']}={cookie}", csrf)
