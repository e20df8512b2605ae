"""From the letter to the first sign-in: a person presses, a scanner does nothing, and one may stop on the way."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity import actions, tasks, totp
from elus.identity.models import Invitation, RecoveryCode, Session, User
from elus.identity.sealed import totp_secret
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.outbox import Letter
from elus.organizations.actions import invite
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"


@pytest.fixture
def guest(app: Flask) -> Person:
    """A councillor without an account."""
    organization = make.organization()
    somebody = make.person(first_name="Odile", last_name="Inventée")
    from elus.organizations.models import Membership, Role

    make.saved(
        Membership(
            person_id=somebody.id,
            organization_id=organization.id,
            term_id=make.term_of(organization).id,
            role=Role.FULL,
            starts_on=make.BEGAN,
        )
    )
    return somebody


def _invited(person: Person) -> str:
    """The path in the letter."""
    person_id = person.id
    with transaction():
        invite(db.session.get_one(Person, person_id), by=None, at=clock.now())
    letters = db.session.scalars(select(Letter).order_by(Letter.created_at.desc())).all()
    found = re.search(r"http://localhost(/bienvenue/\S+)", letters[0].text)
    assert found
    assert found[0] in letters[0].html
    return found[1]


def _row(model: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def _to_code(browser: Browser, path: str) -> None:
    assert browser.submit(path).headers["Location"] == "/bienvenue/suite"
    assert browser.get("/bienvenue/suite").headers["Location"] == "/bienvenue/connexion"
    page = browser.get("/bienvenue/connexion").text
    assert "Étape 2 sur 4" in page
    assert 'href="/bienvenue/mot-de-passe"' in page
    answer = browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    assert answer.headers["Location"] == "/bienvenue/code"
    assert "Étape 2 sur 4" in browser.follow(answer).text


def _to_codes(browser: Browser, path: str) -> list[str]:
    _to_code(browser, path)
    secret = totp_secret(_row(User))
    assert secret
    answer = browser.submit("/bienvenue/code", {"code": make.current_code(secret)})
    assert answer.headers["Location"] == "/bienvenue/filet"
    page = browser.follow(answer).text
    assert "Étape 3 sur 4" in page
    assert "Afficher mes 8\u00a0codes" in page
    page = browser.submit("/bienvenue/codes-de-secours", page="/bienvenue/filet")
    return re.findall(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>", page.text)


def test_the_letter_names_the_assemblies_and_carries_no_other_secret(guest: Person) -> None:
    _invited(guest)
    letter = _row(Letter)
    assert letter.subject == "Votre accès au Portail Élus"
    assert letter.recipient == guest.email
    assert "Conseil communautaire" in letter.text
    assert "Odile Inventée" in letter.html
    assert _row(Invitation).token_hash not in letter.text
    assert letter.text.count("/bienvenue/") == letter.html.count('href="http://localhost/bienvenue/') == 1


def test_looking_at_the_link_consumes_nothing(browser: Browser, guest: Person) -> None:
    path = _invited(guest)
    for method in ("HEAD", "GET", "GET", "HEAD"):
        assert browser.open(path, method=method).status_code == 200
    browser.get(path, headers={"Sec-Purpose": "prefetch"})
    invitation = _row(Invitation)
    assert (invitation.started_at, invitation.used_at) == (None, None)
    page = browser.get(path).text
    assert "C’est bien vous" in page
    assert "Odile Inventée" in page
    assert "Étape 1 sur 4" in page


def test_the_four_steps_lead_to_an_open_portal(app: Flask, browser: Browser, guest: Person) -> None:
    path = _invited(guest)
    codes = _to_codes(browser, path)
    assert len(set(codes)) == 8
    assert browser.get("/compte").status_code == 302, "not before the codes are noted"
    done = browser.submit("/bienvenue/pret", page="/bienvenue/codes-de-secours")
    assert done.headers["Location"] == "/bienvenue/icone"
    assert "Étape 4 sur 4" in browser.follow(done).text
    assert browser.get(path).headers["Location"] == "/bienvenue/pret", "the link leads back to the end"
    assert "Il vous a fallu 1\u00a0minute" in browser.get("/bienvenue/pret").text
    assert browser.get("/compte").status_code == 200
    again = Browser(app).get(path)
    assert again.status_code == 410
    assert "Votre compte est déjà prêt" in again.text
    other = Browser(app)
    other.submit("/connexion", {"address": guest.email, "password": make.PASSWORD})
    assert other.submit("/connexion/secours", {"code": codes[3]}).headers["Location"] == "/connexion/secours/reste"


def test_the_code_that_confirmed_the_key_does_not_sign_in_afterwards(
    app: Flask, browser: Browser, guest: Person
) -> None:
    path = _invited(guest)
    _to_code(browser, path)
    code = make.current_code(totp_secret(_row(User)) or "")
    browser.submit("/bienvenue/code", {"code": code})
    browser.submit("/bienvenue/codes-de-secours", page="/bienvenue/filet")
    browser.submit("/bienvenue/pret", page="/bienvenue/codes-de-secours")
    other = Browser(app)
    other.submit("/connexion", {"address": guest.email, "password": make.PASSWORD})
    assert other.submit("/connexion/code", {"code": code}).status_code == 422


def test_one_resumes_at_the_same_step_in_the_same_browser(browser: Browser, guest: Person) -> None:
    path = _invited(guest)
    browser.submit(path)
    assert browser.follow(browser.get(path)).headers["Location"] == "/bienvenue/connexion"
    for later in ("code", "filet", "codes-de-secours"):
        assert browser.get(f"/bienvenue/{later}").headers["Location"] == "/bienvenue/connexion"
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    key = re.search(r'id="cle">([^<]+)<', browser.get("/bienvenue/code").text)
    assert browser.follow(browser.get(path)).headers["Location"] == "/bienvenue/code"
    assert browser.get("/bienvenue/filet").headers["Location"] == "/bienvenue/code"
    assert browser.get("/bienvenue/connexion").status_code == 200, "one may still choose otherwise"
    assert key
    assert key[1] in browser.get("/bienvenue/code").text, "the same key until it is confirmed"


def test_another_browser_cannot_go_on_with_a_started_invitation(app: Flask, browser: Browser, guest: Person) -> None:
    path = _invited(guest)
    browser.submit(path)
    other = Browser(app)
    answer = other.get(path)
    assert answer.status_code == 410
    assert "commencé sur un autre appareil" in answer.text
    assert other.get("/bienvenue/mot-de-passe").headers["Location"].startswith("/connexion")


def test_two_presses_at_once_start_once(guest: Person) -> None:
    _invited(guest)
    invitation_id = _row(Invitation).id
    with transaction():
        actions.open_invitation(invitation_id, at=clock.now())
    with pytest.raises(Refused, match="no_longer_open"), transaction():
        actions.open_invitation(invitation_id, at=clock.now())


def test_after_thirty_days_one_asks_for_another(app: Flask, browser: Browser, guest: Person) -> None:
    path = _invited(guest)
    long_ago = clock.now() - timedelta(days=31)
    with transaction():
        db.session.execute(update(Invitation).values(created_at=long_ago, expires_at=long_ago + timedelta(days=30)))
    page = browser.get(path)
    assert page.status_code == 410
    assert "Demander un nouveau code" in page.text
    answer = browser.submit(f"{path}/nouveau", page=path)
    assert "Une nouvelle invitation est partie" in answer.text
    assert str(guest.email) not in answer.text, "whoever holds the link does not learn the address"
    assert len(db.session.scalars(select(Letter)).all()) == 2
    assert "vient de partir" in browser.submit(f"{path}/nouveau", page=path).text
    db.session.rollback()
    assert len(db.session.scalars(select(Letter)).all()) == 2


def test_a_new_invitation_replaces_the_former_one(browser: Browser, guest: Person) -> None:
    first = _invited(guest)
    second = _invited(guest)
    assert browser.get(first).status_code == 410
    assert browser.get(second).status_code == 200


def test_an_unknown_link_is_said_incomplete(browser: Browser, app: Flask) -> None:
    answer = browser.get("/bienvenue/abcdef")
    assert answer.status_code == 404
    assert "Ce lien n’est pas complet" in answer.text


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("court", "12\u00a0caractères"),
        ("odile.inventee1", "se devine trop facilement"),
        ("", "Choisissez un mot de passe"),
    ],
)
def test_a_poor_password_is_refused_with_its_reason(browser: Browser, guest: Person, password: str, said: str) -> None:
    browser.submit(_invited(guest))
    answer = browser.submit("/bienvenue/mot-de-passe", {"password": password})
    assert answer.status_code == 422
    assert said in answer.text
    assert _row(User).password_hash is None


def test_the_link_saves_the_code_on_this_tablet(browser: Browser, guest: Person) -> None:
    _to_code(browser, _invited(guest))
    assert 'href="apple-otpauth://totp/' in browser.get("/bienvenue/code", headers={"User-Agent": SAFARI}).text
    page = browser.get("/bienvenue/code", headers={"User-Agent": "Mozilla/5.0 (Linux; Android 9) Chrome/120"}).text
    assert 'href="otpauth://totp/' in page
    assert "<svg" in page


def test_a_wrong_code_does_not_confirm_the_key(browser: Browser, guest: Person) -> None:
    _to_code(browser, _invited(guest))
    assert browser.submit("/bienvenue/code", {"code": "000 00"}).status_code == 422
    assert _row(User).totp_confirmed_at is None
    for _ in range(4):
        browser.submit("/bienvenue/code", {"code": "x"})
    assert browser.submit("/bienvenue/code", {"code": "x"}).status_code == 429


def test_codes_already_shown_are_made_anew_by_a_press_only(browser: Browser, guest: Person) -> None:
    shown = _to_codes(browser, _invited(guest))
    db.session.rollback()
    kept = {row.code_hash for row in db.session.scalars(select(RecoveryCode))}
    page = browser.get("/bienvenue/codes-de-secours").text
    assert not any(code in page for code in shown)
    db.session.rollback()
    assert kept == {row.code_hash for row in db.session.scalars(select(RecoveryCode))}
    page = browser.submit("/bienvenue/codes-de-secours").text
    assert len(re.findall(r"<li>[A-Z0-9]{4}-", page)) == 8
    db.session.rollback()
    assert not kept & {row.code_hash for row in db.session.scalars(select(RecoveryCode))}


def test_an_account_does_not_open_before_everything_is_set(guest: Person) -> None:
    _invited(guest)
    user_id = _row(User).id
    with pytest.raises(Refused, match="incomplete"), transaction():
        actions.activate(db.session.get_one(User, user_id), at=clock.now())


def test_pressing_the_last_button_too_early_leads_back(browser: Browser, guest: Person) -> None:
    path = _invited(guest)
    _to_code(browser, path)
    answer = browser.submit("/bienvenue/pret", page="/bienvenue/code")
    assert answer.headers["Location"] == "/bienvenue/code"


def test_an_active_account_is_not_invited_again(app: Flask) -> None:
    somebody_id = make.member().id
    with pytest.raises(Refused, match="already_active"), transaction():
        invite(db.session.get_one(Person, somebody_id), by=None, at=clock.now())


def test_what_is_long_dead_is_forgotten(app: Flask) -> None:
    somebody = make.member()
    make.session_token(somebody)
    with transaction():
        db.session.execute(update(Session).values(expires_at=clock.now() - timedelta(days=31)))
    make.session_token(somebody)
    assert tasks.clean_up(clock.now()) == 1
    assert len(db.session.scalars(select(Session)).all()) == 1


def test_a_new_key_is_long_enough() -> None:
    assert len(totp.new_secret()) * 5 >= 160
