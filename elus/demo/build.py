"""Filling an empty database: everything is prepared first, then written in one transaction."""

import json
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from elus.attendance.models import Answer, Choice
from elus.config import Settings, stay_at_home
from elus.demo import accounts, coming, history, past, people, sittings, territory
from elus.demo.accounts import Account
from elus.demo.days import RENEWAL, ident, instant
from elus.demo.people import People
from elus.demo.sittings import Sitting
from elus.demo.territory import Territory
from elus.identity.models import User
from elus.kernel import clock
from elus.kernel.db import Model, db, transaction
from elus.organizations.models import Body, Membership, Person, Role

OPENED = instant(RENEWAL + timedelta(days=10), "09:00")  # accounts are as old as the new councils
MARKER, ACCOUNTS = "demonstration", "demo-accounts.json"


class NotHere(Exception):
    """This installation is not, or must not become, a demonstration; one sentence says why."""


@dataclass(frozen=True)
class Made:
    """What a creation wrote."""

    accounts: list[Account]
    sittings: int
    papers: int


def settings() -> Settings:
    """The settings of this installation."""
    found: Settings = current_app.extensions["elus.settings"]
    return found


def is_demonstration() -> bool:
    """Whether the marker of a demonstration is there."""
    return (settings().instance / MARKER).exists()


def is_empty() -> bool:
    """Whether the database holds no authority, person or account yet."""
    return not any(db.session.scalar(select(table.id).limit(1)) for table in (Body, Person, User))


def create(at: datetime) -> Made | None:
    """Fill an empty database; None when the demonstration is already there; raise `NotHere` on a real installation."""
    today = clock.local_day(at)
    if not is_empty():
        if is_demonstration():
            return None
        raise NotHere("La base contient déjà des données réelles : la démonstration ne s’y installe pas.")
    if today < RENEWAL + timedelta(days=60):
        raise NotHere("L’horloge de cette machine est en retard : la démonstration commence après juin 2026.")
    stay_at_home(settings())
    place = territory.build()
    everybody = people.build(place)
    doors = accounts.draw(place, everybody)
    ready = coming.build(place, everybody, at=at, today=today)
    gone = list(past.build(place, today=today))
    folder = settings().instance
    convened = history.recent(gone, today)
    history.become_a_demonstration()
    with transaction():
        _save_rows(place.rows)
        made = accounts.make(place, everybody, doors, public_url=settings().public_url, at=OPENED)
        _save_sittings(place, everybody, ready, gone, at=at)
        for meeting_id in convened:
            history.convene(meeting_id)
        accounts.write(made, folder / ACCOUNTS)
        _mark(folder)
    for meeting_id in convened:
        history.deliver(meeting_id)
    count = sum(len(one.pieces) for one in (*ready, *gone))
    return Made(made, len(ready) + len(gone), count)


def _save_rows(rows: list[Model]) -> None:
    """Table after table, so that each row finds what it points to."""
    for table in Model.metadata.sorted_tables:
        db.session.add_all(row for row in rows if row.__table__ is table)
        db.session.flush()


def _save_sittings(
    place: Territory, everybody: People, ready: Iterable[Sitting], gone: Iterable[Sitting], *, at: datetime
) -> None:
    agent = everybody.agents["group"][0].id
    for sitting in ready:
        sittings.save(sitting, by=agent, at=at - timedelta(days=2))
    able = set(db.session.scalars(select(User.person_id).where(User.activated_at.is_not(None))))
    for sitting in gone:
        sittings.save(sitting, by=agent, at=sitting.meeting.created_at)
        if sitting.meeting.changed_at > OPENED:
            db.session.add_all(_answers(place, sitting, able))
    db.session.flush()


def _answers(place: Territory, sitting: Sitting, able: set[uuid.UUID]) -> list[Answer]:
    meeting = sitting.meeting
    draw = random.Random(meeting.id.int)  # noqa: S311 — fiction
    found = []
    for row in place.rows:
        if (
            not isinstance(row, Membership)
            or row.person_id not in able
            or row.organization_id != meeting.organization_id
            or row.role is not Role.FULL
        ):
            continue
        if not _in_force(row, meeting.day) or draw.random() > 0.86:
            continue
        found.append(
            Answer(
                id=ident("answer", meeting.id, row.person_id),
                meeting_id=meeting.id,
                person_id=row.person_id,
                choice=Choice.COMES if draw.random() < 0.84 else Choice.ABSENT,
                answered_at=past.answered(meeting.day) - timedelta(minutes=draw.randrange(4000)),
            )
        )
    return found


def _in_force(row: Membership, day: date) -> bool:
    return row.starts_on <= day and (row.ends_on is None or row.ends_on >= day)


def _mark(folder: Path) -> None:
    told = {"ready": str(coming.READY), "announced": str(coming.ANNOUNCED), "draft": str(coming.DRAFT)}
    (folder / MARKER).write_text(json.dumps(told) + "\n", encoding="utf-8")


def insist() -> None:
    """Refuse outside a demonstration."""
    if not is_demonstration():
        raise NotHere("Cette commande ne fonctionne que dans une démonstration ; cette installation n’en est pas une.")
