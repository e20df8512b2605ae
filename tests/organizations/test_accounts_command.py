"""`elus accounts`: what one may do for an account from the server's console."""

import re

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from elus.identity import actions
from elus.identity.models import Session, User
from elus.identity.origin import Origin
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member(who=make.person(first_name="Odile", last_name="Inventée"))
    make.complete_account(somebody)
    return somebody


def run(app: Flask, *arguments: str) -> Result:
    db.session.remove()
    return app.test_cli_runner().invoke(args=["accounts", *arguments])


def _user(person: Person) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.person_id == person.id)).one()


def _last(action: str) -> JournalEntry:
    db.session.rollback()
    return db.session.scalars(select(JournalEntry).where(JournalEntry.action == action)).one()


def test_unlocking_lets_try_again(app: Flask, member: Person) -> None:
    browser, email = Browser(app), str(member.email)
    for _ in range(6):
        browser.submit("/connexion", {"address": email, "password": "faux"})
    assert browser.submit("/connexion", {"address": email, "password": make.PASSWORD}).status_code == 429
    assert run(app, "unlock", email.upper()).exit_code == 0
    assert browser.submit("/connexion", {"address": email, "password": make.PASSWORD}).status_code == 302
    entry = _last("unlocked")
    assert (entry.action, entry.user_id, entry.detail) == ("unlocked", None, {"console": True})


def test_suspending_and_resuming(app: Flask, member: Person) -> None:
    make.session_token(member)
    email = str(member.email)
    assert run(app, "suspend", email).exit_code == 0
    assert _user(member).suspended_at is not None
    assert db.session.scalars(select(Session.ended_because)).all() == ["suspended"]
    again = run(app, "suspend", email)
    assert again.exit_code == 1
    assert "déjà suspendu" in again.output
    assert run(app, "resume", email).exit_code == 0
    assert _user(member).suspended_at is None
    assert run(app, "resume", email).exit_code == 1


def test_signing_out_one_or_all(app: Flask, member: Person) -> None:
    other = make.member()
    for one in (member, other):
        make.session_token(one)
    assert run(app, "end-sessions", str(member.email)).exit_code == 0
    db.session.rollback()
    assert len(db.session.scalars(select(Session).where(Session.ended_at.is_(None))).all()) == 1
    assert run(app, "end-sessions", "--all").exit_code == 0
    db.session.rollback()
    assert db.session.scalars(select(Session).where(Session.ended_at.is_(None))).all() == []
    assert run(app, "end-sessions").exit_code == 2
    assert run(app, "end-sessions", "--all", str(member.email)).exit_code == 2


def test_those_without_a_second_step_are_named_with_why(app: Flask, member: Person) -> None:
    council = make.organization()
    half, gone = make.member(council), make.person(last_name="Dailleurs")
    paper = make.person(email=None, last_name="Papier")
    make.member(council, paper)
    with transaction():
        db.session.delete(db.session.scalars(select(User).where(User.person_id == paper.id)).one())
    half_line, ready, elsewhere = f"{half.name}\t{half.email}", member.name, gone.name
    out = run(app, "without-second-factor").output
    assert f"{half_line}\tcompte sans code ni appareil" in out
    assert "Papier\t-\tpas d’adresse de courriel" in out
    assert ready not in out
    assert elsewhere not in out
    assert "2\u00a0personnes sans deuxième étape" in out


def test_a_rescue_from_the_console_is_told_and_serves(app: Flask, member: Person) -> None:
    done = run(app, "rescue", str(member.email), "--reason", "seul agent, vu en mairie")
    assert done.exit_code == 0, done.output
    code = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", done.output)
    assert code
    db.session.rollback()
    letter = db.session.scalars(select(Letter)).one()
    assert "La personne qui gère le serveur" in letter.text
    assert code[0] not in letter.text
    with transaction():
        assert actions.use_rescue(str(member.email), code[0], origin=Origin("tests"), at=clock.now()) == _id(member)


def _id(person: Person) -> object:
    return db.session.scalars(select(User.id).where(User.person_id == person.id)).one()


def test_an_address_nobody_has_is_said(app: Flask) -> None:
    for command in (["unlock"], ["suspend"], ["resume"], ["end-sessions"], ["rescue", "--reason", "x"], ["invite"]):
        done = run(app, command[0], "inconnu@exemple.invalid", *command[1:])
        assert done.exit_code == 1
        assert "inconnu@exemple.invalid" in done.output
