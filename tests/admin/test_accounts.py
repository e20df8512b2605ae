"""The administrator's accounts: seeing how each opens, closing, opening again, signing out; entering none."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity.models import Session, User
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[..., Browser]
PAGE = "/administration/comptes"


@pytest.fixture
def admin(app: Flask) -> Person:
    return make.administrator()


def user_of(person: Person) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.person_id == person.id)).one()


def act(browser: Browser, person: Person, what: str) -> int:
    return browser.submit(f"{PAGE}/{user_of(person).id}/{what}", page=PAGE).status_code


def test_how_each_account_opens_is_told_without_secrets(sign_in: SignIn, admin: Person) -> None:
    ready, bare = make.member(), make.person()
    make.complete_account(ready)
    make.account(bare, active=False)
    page = sign_in(admin).get(PAGE).text
    for words in (ready.name, bare.name, "mot de passe et code à 6", "pas encore prêt", "nulle part aujourd’hui"):
        assert words in page
    assert str(user_of(ready).password_hash) not in page


def test_those_without_a_second_step_and_without_device_are_found(sign_in: SignIn, admin: Person) -> None:
    ready, half = make.member(), make.member()
    make.complete_account(ready)
    browser = sign_in(admin)
    without = browser.get(f"{PAGE}?vue=sans-deuxieme-etape").text
    assert half.name in without
    assert ready.name not in without
    assert ready.name in browser.get(f"{PAGE}?vue=sans-appareil").text
    assert ready.name not in browser.get(f"{PAGE}?vue=suspendus").text
    assert ready.name in browser.get(f"{PAGE}?vue=inconnue&page=x&nom={ready.last_name}").text
    assert half.name not in browser.get(f"{PAGE}?nom={ready.last_name}").text


@pytest.mark.asvs("V7.4.2")
def test_suspending_ends_the_sessions_and_closes_every_door_at_once(app: Flask, sign_in: SignIn, admin: Person) -> None:
    somebody = make.member()
    make.complete_account(somebody)
    theirs, browser = sign_in(somebody), sign_in(admin)
    assert theirs.get("/compte").status_code == 200
    assert act(browser, somebody, "suspendre") == 303
    assert theirs.get("/compte").status_code == 302
    again = Browser(app)
    assert again.submit("/connexion", {"address": somebody.email, "password": make.PASSWORD}).status_code == 422
    db.session.rollback()
    assert "suspended" in set(db.session.scalars(select(Session.ended_because)))
    assert "suspendu" in browser.get(f"{PAGE}?vue=suspendus").text


def test_resuming_opens_again_with_the_same_ways(app: Flask, sign_in: SignIn, admin: Person) -> None:
    somebody = make.member()
    make.complete_account(somebody)
    browser = sign_in(admin)
    assert act(browser, somebody, "suspendre") == 303
    assert act(browser, somebody, "suspendre") == 409
    assert act(browser, somebody, "retablir") == 303
    assert act(browser, somebody, "retablir") == 409
    again = Browser(app)
    assert again.submit("/connexion", {"address": somebody.email, "password": make.PASSWORD}).status_code == 302


def test_an_administrator_does_not_suspend_themself(sign_in: SignIn, admin: Person) -> None:
    assert act(sign_in(admin), admin, "suspendre") == 409
    assert user_of(admin).suspended_at is None


@pytest.mark.asvs("V7.4.5")
def test_an_administrator_signs_out_one_or_all_but_themself(sign_in: SignIn, admin: Person) -> None:
    one, other = make.member(), make.member()
    first, second, browser = sign_in(one), sign_in(other), sign_in(admin)
    assert act(browser, one, "deconnecter") == 303
    assert first.get("/compte").status_code == 302
    assert second.get("/compte").status_code == 200
    answer = browser.submit(f"{PAGE}/deconnecter-tous", page=PAGE)
    assert "1\u00a0connexion fermée" in browser.follow(answer).text
    assert second.get("/compte").status_code == 302
    assert browser.get("/compte").status_code == 200
    db.session.rollback()
    noted = list(
        db.session.scalars(
            select(JournalEntry.subject)
            .where(JournalEntry.action == "sessions_ended_by_administrator")
            .order_by(JournalEntry.at)
        )
    )
    assert noted == [f"user:{user_of(one).id}", "everybody"]


@pytest.mark.asvs("V8.4.2")
@pytest.mark.parametrize(
    "path", ["", "/{user}/suspendre", "/{user}/retablir", "/{user}/deconnecter", "/deconnecter-tous"]
)
def test_administering_asks_for_a_fresh_proof(sign_in: SignIn, admin: Person, path: str) -> None:
    somebody = make.member()
    browser, theirs = sign_in(admin), sign_in(somebody)
    token = browser.token("/affichage")
    user_id = user_of(somebody).id
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - timedelta(minutes=11)))
    if path:
        browser.open(PAGE + path.format(user=user_id), method="POST", data={"csrf_token": token})
    else:
        assert somebody.name not in browser.get(PAGE).text
    assert theirs.get("/compte").status_code == 200
    assert user_of(somebody).suspended_at is None


@pytest.mark.asvs("V8.4.2")
def test_nobody_else_administers(app: Flask, sign_in: SignIn, admin: Person) -> None:
    for browser in (sign_in(make.member()), sign_in(make.secretary(make.organization()))):
        assert browser.get(PAGE).status_code == 404
        token = browser.token("/affichage")
        for path in (f"/{user_of(admin).id}/suspendre", "/deconnecter-tous"):
            assert browser.open(PAGE + path, method="POST", data={"csrf_token": token}).status_code == 404


@pytest.mark.asvs("V6.4.6")
def test_no_page_lets_an_administrator_choose_a_password(app: Flask, sign_in: SignIn, admin: Person) -> None:
    browser = sign_in(admin)
    make.member()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/administration") and "GET" in (rule.methods or set()) and not rule.arguments:
            assert 'type="password"' not in browser.get(rule.rule).text, rule.rule
    named = {rule.endpoint for rule in app.url_map.iter_rules() if "mot-de-passe" in rule.rule}
    assert not {name for name in named if name.startswith(("admin.", "organizations."))}


def test_the_page_costs_the_same_with_sixty_accounts(
    sign_in: SignIn, admin: Person, queries: Callable[[], Any]
) -> None:
    browser, counts = sign_in(admin), []
    for more in (1, 60):
        for _ in range(more):
            make.account(make.person())
        with queries() as counted:
            page = browser.get(PAGE).text
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 6
    assert len(re.findall(r"<tr>", page)) == 51
    assert "Page suivante" in page
