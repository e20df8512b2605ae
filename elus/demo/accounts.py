"""The accounts of the demonstration: two factors for everybody, drawn at random, written for whoever tries it."""

import json
import os
import secrets
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from elus.calendars.actions import create_feed
from elus.demo.people import People
from elus.demo.territory import Territory
from elus.identity import totp
from elus.identity.actions import activate, create_account, enrol_totp, new_recovery_codes, set_password
from elus.identity.passwords import hash_password
from elus.organizations.models import Membership, Person, Role

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no sign that looks like another
WORDS = {Role.FULL: "membre", Role.SUBSTITUTE: "suppléant", Role.SECRETARY: "secrétariat"}


@dataclass(frozen=True)
class Account:
    """One line of `demo-accounts.json`."""

    email: str
    name: str
    roles: list[str]
    organizations: list[str]
    password: str
    totp_secret: str
    recovery_codes: list[str]
    feed_url: str


def password() -> str:
    """A random password of some 79 bits, easy to type on a tablet."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def asleep(people: People) -> set[uuid.UUID]:
    """People whose account was never activated: two community councillors and a few others."""
    councils = people.councils
    return {
        councils["79105"].members[0].id,
        councils["79278"].members[0].id,
        *(councils[insee].members[4].id for insee in ("79202", "79080", "79326")),
        *(councils[insee].members[3].id for insee in ("79002", "79225")),
    }


@dataclass(frozen=True)
class Door:
    """A person in office and, unless the account sleeps, the password drawn and its hash."""

    person: Person
    password: str | None
    hashed: str


def draw(territory: Territory, people: People) -> list[Door]:
    """Passwords of everybody in office who has an address; slow on purpose (argon2id), so before any transaction."""
    holders = [person for person in _in_office(territory, people) if person.email]
    sleeping = asleep(people)
    passwords = [None if person.id in sleeping else password() for person in holders]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        hashes = pool.map(lambda typed: hash_password(typed) if typed else "", passwords)
        return [Door(*made) for made in zip(holders, passwords, hashes, strict=True)]


def make(territory: Territory, people: People, doors: list[Door], *, public_url: str, at: datetime) -> list[Account]:
    """Accounts of everybody in office; the caller holds the transaction and has saved the people."""
    for door in doors:
        create_account(door.person, at=at)
    told = _told(territory, people)
    return [
        _active(door.person, door.password, door.hashed, told[door.person.id], public_url=public_url, at=at)
        for door in doors
        if door.password
    ]


def _active(
    person: Person, typed: str, hashed: str, told: tuple[list[str], list[str]], *, public_url: str, at: datetime
) -> Account:
    user, secret = create_account(person, at=at), totp.new_secret()
    set_password(user, hashed)
    enrol_totp(user, secret, at=at)
    codes = new_recovery_codes(user)
    activate(user, at=at)
    roles, organizations = told
    if "administrateur" in roles:
        user.administrator_since = at
    feed_url = f"{public_url}/agenda/{create_feed(person.id, at)}.ics"
    return Account(user.email, person.name, roles, organizations, typed, secret, codes, feed_url)


def _in_office(territory: Territory, people: People) -> list[Person]:
    gone = {person.id for person in people.former}
    return [row for row in territory.rows if isinstance(row, Person) and row.id not in gone]


def _told(territory: Territory, people: People) -> dict[uuid.UUID, tuple[list[str], list[str]]]:
    """Roles and organizations of each person, in the words of the file."""
    names = {organization.id: organization.name for organization in territory.organizations.values()}
    told: dict[uuid.UUID, tuple[list[str], list[str]]] = {
        person.id: ([], []) for person in _in_office(territory, people)
    }
    for row in territory.rows:
        if isinstance(row, Membership) and row.ends_on is None and row.person_id in told:
            roles, organizations = told[row.person_id]
            if WORDS[row.role] not in roles:
                roles.append(WORDS[row.role])
            organizations.append(names[row.organization_id])
    if people.president is not None:
        told[people.president.id][0].insert(0, "présidente")
    if people.administrator is not None:
        told[people.administrator.id][0].append("administrateur")
    return told


def write(accounts: list[Account], path: Path) -> None:
    """Write the file for its owner's eyes only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        os.fchmod(out.fileno(), 0o600)
        json.dump([asdict(account) for account in accounts], out, ensure_ascii=False, indent=1)


def read(path: Path) -> list[Account]:
    """The accounts a former creation wrote; none when it did not."""
    if not path.exists():
        return []
    return [Account(**line) for line in json.loads(path.read_text(encoding="utf-8"))]


def secretary(known: list[Account]) -> Account:
    """An agent of the community's secretariat."""
    return next(one for one in known if "secrétariat" in one.roles and "Conseil communautaire" in one.organizations)


def councillor(known: list[Account]) -> Account:
    """A community councillor who is a mayor's colleague, not the president."""
    return next(
        one
        for one in known
        if one.roles == ["membre"] and "Conseil communautaire" in one.organizations and len(one.organizations) == 3
    )


def administrator(known: list[Account]) -> Account:
    """The platform administrator."""
    return next(one for one in known if "administrateur" in one.roles)
