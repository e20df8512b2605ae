"""Rows for tests: plain functions, good defaults, saved and coherent."""

import itertools
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.identity.models import Device, Passkey, Session, User, hash_token
from elus.kernel import blobs, clock
from elus.kernel.db import db, transaction
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.organizations.models import (
    Body,
    Channel,
    LegislativeTerm,
    Membership,
    Organization,
    OrganizationKind,
    Person,
    Post,
    Role,
)
from elus.papers.models import File, FileState, Paper, PaperKind

T = TypeVar("T")
_count = itertools.count(1)
BEGAN = date(2026, 3, 23)


def saved(*things: T) -> T:
    """Commit the rows and give the first one back, still readable."""
    with transaction():
        db.session.add_all(things)
    return things[0]


def body(
    name: str = "Communauté de communes de Parthenay-Gâtine", body_type: str = "epci_council", **other: Any
) -> Body:
    n = next(_count)
    facts: dict[str, Any] = {
        "siren": f"{n:09d}",
        "insee": None,
        "population": 36926,
        "address": "2 rue de la Citadelle, 79200 Parthenay",
    }
    return saved(Body(name=name, body_type=body_type, **{**facts, **other}))


def term(of: Body, starts_on: date = BEGAN, ends_on: date | None = None) -> LegislativeTerm:
    return saved(LegislativeTerm(body_id=of.id, name="Mandat 2026-2032", starts_on=starts_on, ends_on=ends_on))


def organization(name: str = "Conseil communautaire", of: Body | None = None, **other: Any) -> Organization:
    owner = of or body()
    facts: dict[str, Any] = {
        "kind": OrganizationKind.ASSEMBLY,
        "regime_type": owner.body_type,
        "seats": 62,
        "public_sittings": True,
        "usual_place": "Salle des fêtes, 79200 Parthenay",
    }
    made = saved(Organization(body_id=owner.id, name=name, **{**facts, **other}))
    term(owner)
    return made


def term_of(organization: Organization) -> LegislativeTerm:
    from sqlalchemy import select

    found = db.session.scalars(
        select(LegislativeTerm)
        .where(LegislativeTerm.body_id == organization.body_id)
        .order_by(LegislativeTerm.starts_on.desc())
    ).first()
    assert found
    return found


def person(**other: Any) -> Person:
    n = next(_count)
    facts: dict[str, Any] = {
        "civility": "Mme",
        "first_name": "Camille",
        "last_name": f"Fictive {n}",
        "email": f"personne{n}@exemple.invalid",
    }
    return saved(Person(**{**facts, **other}))


def member(of: Organization | None = None, who: Person | None = None, role: Role = Role.FULL, **other: Any) -> Person:
    """A person in office, with an active account."""
    owner = of or organization()
    somebody = who or person()
    facts: dict[str, Any] = {"starts_on": BEGAN, "channel": Channel.ELECTRONIC}
    saved(
        Membership(
            person_id=somebody.id, organization_id=owner.id, term_id=term_of(owner).id, role=role, **{**facts, **other}
        )
    )
    account(somebody)
    return somebody


def secretary(of: Organization) -> Person:
    return member(of, role=Role.SECRETARY)


def president(of: Organization, who: Person | None = None) -> Person:
    """The member whose post convenes."""
    post = saved(Post(organization_id=of.id, label="Présidente", rank=1, convenes=True))
    return member(of, who, post_id=post.id)


def account(of: Person, *, active: bool = True, **other: Any) -> User:
    from sqlalchemy import select

    existing = db.session.scalars(select(User).where(User.person_id == of.id)).first()
    if existing:
        return existing
    now = clock.now()
    return saved(
        User(
            person_id=of.id,
            email=(of.email or f"{of.id}@exemple.invalid").casefold(),
            created_at=now,
            activated_at=now if active else None,
            **other,
        )
    )


def administrator() -> Person:
    somebody = person()
    account(somebody, administrator_since=clock.now())
    return somebody


def session_token(of: Person | User) -> str:
    """Open a fully proven session and give its token."""
    user = of if isinstance(of, User) else account(of)
    token = secrets.token_urlsafe(32)
    now = clock.now()
    saved(
        Session(
            user_id=user.id,
            token_hash=hash_token(token),
            opened_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=12),
            proven_at=now,
            fresh_at=now,
            factor="passkey",
            client="tests",
        )
    )
    return token


def file(
    content: bytes = b"%PDF-1.7\n%fictif\n",
    *,
    name: str = "note.pdf",
    title: str = "Note de synthèse",
    kind: PaperKind = PaperKind.NOTE,
    pages: int = 2,
    media_type: str = "application/pdf",
) -> File:
    """A ready file of a new paper, really encrypted in the storage."""
    now = clock.now()
    paper = Paper(id=uuid.uuid4(), title=title, kind=kind, created_at=now, ready_at=now)
    made = File(
        id=uuid.uuid4(),
        paper=paper,
        version=1,
        name=name,
        media_type=media_type,
        size=len(content),
        pages=pages,
        state=FileState.READY,
        created_at=now,
        checked_at=now,
    )
    with transaction():
        made.blob = blobs.write(f"file:{made.id}:1", [content], at=now)
        db.session.add(made)
    return made


def meeting(
    of: Organization | None = None,
    *,
    day: date | None = None,
    published: bool = True,
    announced: bool = True,
    papers: Sequence[File] = (),
    titles: Sequence[str] = ("Approbation du procès-verbal", "Tarifs de l’eau 2027"),
    **other: Any,
) -> Meeting:
    """A meeting in 14 days unless told, at 18 h 30 in Paris; one item per paper, then per title."""
    owner = of or organization()
    now = clock.now()
    day = day or clock.local_day(now + timedelta(days=14))
    starts_at = datetime(day.year, day.month, day.day, 16, 30, tzinfo=UTC)
    made = Meeting(
        id=uuid.uuid4(),
        organization_id=owner.id,
        term_id=term_of(owner).id,
        title=owner.name,
        starts_at=starts_at,
        day=day,
        place=owner.usual_place,
        created_at=now - timedelta(days=20),
        changed_at=now - timedelta(days=10),
        announced_at=now - timedelta(days=15) if announced or published else None,
        published_at=now - timedelta(days=10) if published else None,
        **other,
    )
    names = [paper.paper.title for paper in papers] + list(titles)
    items = [
        AgendaItem(id=uuid.uuid4(), meeting_id=made.id, position=n, title=title) for n, title in enumerate(names, 1)
    ]
    shown = [
        Consultation(meeting_id=made.id, item_id=item.id, paper_id=paper.paper_id)
        for item, paper in zip(items, papers, strict=False)
    ]
    with transaction():
        db.session.add(made)
        db.session.flush()
        db.session.add_all(items)
        db.session.flush()
        db.session.add_all(shown)
    return made


PASSWORD = "quatre arbres sous la pluie"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def complete_account(of: Person, password: str = PASSWORD) -> list[str]:
    """Give a person a real password, a confirmed code (TOTP_SECRET) and recovery codes; gives the codes."""
    from elus.identity import actions, passwords

    hashed = passwords.hash_password(password)
    now = clock.now()
    person_id = of.id
    with transaction():
        user = actions.create_account(db.session.get_one(Person, person_id), at=now)
        actions.set_password(user, hashed)
        actions.enrol_totp(user, TOTP_SECRET, at=now)
        codes = actions.new_recovery_codes(user)
        actions.activate(user, at=now)
    return codes


def current_code(secret: str = TOTP_SECRET, *, minutes: float = 0) -> str:
    """What the tablet shows now, or what a tablet ahead by some minutes shows."""
    from elus.identity import totp

    return totp.code_at(secret, clock.now() + timedelta(minutes=minutes))


def convocation(of: Meeting, people: Sequence[Person], *, kind: VersionKind = VersionKind.CONVOCATION) -> Version:
    """A version of the convocation of a meeting that left when the meeting was published, or just now for a later one."""
    from sqlalchemy import func, select

    found = db.session.scalars(select(Convocation).where(Convocation.meeting_id == of.id)).first()
    owner = found or saved(Convocation(meeting_id=of.id))
    number = db.session.scalar(select(func.count()).where(Version.convocation_id == owner.id)) or 0
    left = clock.now() - timedelta(seconds=1) if number or of.published_at is None else of.published_at
    made = Version(
        id=uuid.uuid4(),
        convocation_id=owner.id,
        number=number + 1,
        kind=kind,
        created_at=left,
        leaves_at=left,
        operator_id=uuid.uuid4(),
        author_name="Anne Fictive",
        author_quality="Présidente",
        regime="FRANC_5",
        forecast={},
        manifest={},
    )
    saved(made)
    for somebody in people:
        seat = db.session.scalars(
            select(Membership).where(
                Membership.person_id == somebody.id, Membership.organization_id == of.organization_id
            )
        ).one()
        saved(
            Recipient(
                version_id=made.id,
                person_id=somebody.id,
                membership_id=seat.id,
                role=seat.role,
                channel=seat.channel,
                address=somebody.email,
            )
        )
    return made


def draft(of: Organization | None = None, titles: Sequence[str] = (), **other: Any) -> Meeting:
    """A meeting only the secretariat sees."""
    return meeting(of, published=False, announced=False, titles=titles, **other)


def device(of: Person, **other: Any) -> Device:
    """A device from which a person has entered."""
    facts: dict[str, Any] = {"client": "Safari, iPad", "network": "127.0.0.0/24", "name": None}
    now = clock.now()
    return saved(
        Device(
            user_id=account(of).id,
            token_hash=secrets.token_hex(32),
            created_at=now,
            used_at=now,
            **{**facts, **other},
        )
    )


def session(of: Person, **other: Any) -> Session:
    """A session somewhere else, proven and live unless told otherwise."""
    now = clock.now()
    facts: dict[str, Any] = {
        "token_hash": secrets.token_hex(32),
        "opened_at": now,
        "seen_at": now,
        "expires_at": now + timedelta(hours=12),
        "proven_at": now,
        "fresh_at": now,
        "factor": "passkey",
        "client": "Safari, iPad",
        "network": "127.0.0.0/24",
    }
    return saved(Session(user_id=account(of).id, **{**facts, **other}))


def passkey(of: Person, **other: Any) -> Passkey:
    """A device unlock of a person, as the list shows it; it opens nothing, no device holds its key."""
    facts: dict[str, Any] = {"name": "iPad du salon", "created_at": clock.now()}
    return saved(
        Passkey(
            user_id=account(of).id,
            credential_id=secrets.token_bytes(16),
            public_key=b"",
            seal=secrets.token_hex(32),
            **{**facts, **other},
        )
    )
