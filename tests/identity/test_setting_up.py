"""Setting ways in by device unlock, on a first visit and after a rescue: safety nets, staff, what is older goes."""

import html
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.identity import actions
from elus.identity.models import ExternalIdentity, Passkey, RecoveryCode, Session, User
from elus.identity.origin import Origin
from elus.identity.sealed import totp_secret
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.actions import invite
from elus.organizations.models import Membership, Person, Role
from tests import factories as make
from tests.conftest import Browser
from tests.identity.device import Device
from tests.identity.test_passkeys import add, enter, entered, post, token

WAY, NET, CODES, READY = (f"/bienvenue/{page}" for page in ("connexion", "filet", "codes-de-secours", "pret"))


def invited(role: Role = Role.FULL) -> tuple[Person, str]:
    """Somebody without an account, and the path of their invitation."""
    organization, somebody = make.organization(), make.person(first_name="Odile", last_name="Inventée")
    make.saved(
        Membership(
            person_id=somebody.id,
            organization_id=organization.id,
            term_id=make.term_of(organization).id,
            role=role,
            starts_on=make.BEGAN,
        )
    )
    person_id = somebody.id
    with transaction():
        invite(db.session.get_one(Person, person_id), by=None, at=clock.now())
    letter = db.session.scalars(select(Letter)).one()
    found = re.search(r"http://localhost(/bienvenue/\S+)", letter.text)
    assert found
    return somebody, found[1]


def register(browser: Browser, device: Device, page: str = WAY) -> Any:
    """The press on the button of a step, and the gesture."""
    found = re.search(r"data-options='([^']+)'", browser.get(page).text)
    assert found
    options = json.loads(html.unescape(found[1]))
    return post(browser, "/compte/securite/appareils/ajouter", credential=device.create(options))


def where(browser: Browser) -> str:
    """The step where this browser stands."""
    return str(browser.get("/bienvenue/suite").headers["Location"])


def the(model: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def every(model: Any) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(model)))


@pytest.fixture
def required(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation where secretariats enter by device unlock only."""
    from dataclasses import replace

    settings = app.extensions["elus.settings"]
    monkeypatch.setitem(app.extensions, "elus.settings", replace(settings, staff_passkey="required"))


def test_a_device_then_a_password_and_printed_codes(app: Flask, browser: Browser) -> None:
    somebody, path = invited()
    browser.submit(path)
    device = Device()
    assert register(browser, device).headers["Location"] == "/bienvenue/suite"
    assert where(browser) == NET
    page = browser.get(NET).text
    assert "C’est enregistré" in page
    assert "Un mot de passe et 8\u00a0codes à imprimer" in page
    assert browser.get(WAY).headers["Location"] == NET, "the way in is proven"
    assert browser.get(CODES).headers["Location"] == NET
    assert "Étape 3 sur 4" in browser.get("/bienvenue/mot-de-passe").text
    answer = browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    assert answer.headers["Location"] == NET
    assert the(User).totp_secret is None, "no code of the tablet beside device unlock"
    shown = re.findall(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>", browser.submit(CODES, page=NET).text)
    assert len(shown) == 8
    assert browser.submit(READY, page=CODES).headers["Location"] == "/bienvenue/icone"
    assert the(Session).factor == "passkey"
    other = Browser(app)
    other.submit("/connexion", {"address": somebody.email, "password": make.PASSWORD})
    assert other.get("/connexion/code").headers["Location"].startswith("/connexion/secours")
    assert "J’ai retrouvé ma tablette" in other.get("/connexion/secours").text
    assert other.submit("/connexion/secours", {"code": shown[0]}).headers["Location"] == "/connexion/secours/reste"
    again = Browser(app)
    enter(again, device)
    assert entered(again)


def test_two_devices_need_no_password(app: Flask, browser: Browser) -> None:
    _somebody, path = invited()
    browser.submit(path)
    register(browser, Device())
    phone = Device()
    assert register(browser, phone, NET).headers["Location"] == "/bienvenue/suite"
    assert where(browser) == CODES
    assert "Vous avez deux façons d’entrer" in browser.get(CODES).text
    assert "<li>" not in re.sub(r"<footer.*", "", browser.submit(CODES).text, flags=re.S), "no code without password"
    browser.submit(READY, page=CODES)
    other = Browser(app)
    enter(other, phone)
    assert entered(other)
    assert (the(User).password_hash, every(RecoveryCode)) == (None, [])


def test_the_account_is_closed_until_the_net_is_there(app: Flask, browser: Browser) -> None:
    _somebody, path = invited()
    browser.submit(path)
    device = Device()
    register(browser, device)
    assert post(browser, READY).headers["Location"] == NET
    other = Browser(app)
    enter(other, device)
    assert not entered(other)
    assert the(User).activated_at is None


def test_one_may_begin_with_a_password_and_end_with_a_device(browser: Browser) -> None:
    _somebody, path = invited()
    browser.submit(path)
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    assert where(browser) == "/bienvenue/code"
    register(browser, Device(), WAY)
    register(browser, Device(), NET)
    browser.submit(READY, page=CODES)
    user = the(User)
    assert user.activated_at
    assert (user.password_hash, user.totp_secret) == (None, None), "what was begun and left opens nothing, and goes"


def test_a_device_that_is_refused_is_told_without_blame(browser: Browser) -> None:
    _somebody, path = invited()
    browser.submit(path)
    post(browser, "/compte/securite/appareils/ajouter", credential="{}")
    page = browser.get(WAY).text
    assert "L’appareil n’a pas pu être enregistré" in page
    assert 'href="/bienvenue/mot-de-passe"' in page
    device = Device()
    register(browser, device)
    register(browser, device, NET)
    assert where(browser) == NET
    assert "Cet appareil est déjà enregistré" in browser.get(NET).text


def test_somebody_suspended_meanwhile_goes_no_further(browser: Browser) -> None:
    _somebody, path = invited()
    browser.submit(path)
    with transaction():
        db.session.scalars(select(User)).one().suspended_at = clock.now()
    assert browser.get(WAY).headers["Location"].startswith("/connexion")
    assert browser.get(path).status_code == 404


@pytest.mark.usefixtures("required")
def test_staff_are_offered_device_unlock_only(browser: Browser) -> None:
    _somebody, path = invited(Role.SECRETARY)
    browser.submit(path)
    page = browser.get(WAY).text
    assert "seule façon d’entrer" in page
    assert "/bienvenue/mot-de-passe" not in page
    assert post(browser, "/bienvenue/mot-de-passe", password=make.PASSWORD).headers["Location"] == WAY
    assert the(User).password_hash is None
    register(browser, Device())
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    browser.submit(CODES, page=NET)
    assert browser.submit(READY, page=CODES).headers["Location"] == "/bienvenue/icone"
    assert browser.get("/bienvenue/icone").status_code == 200


@pytest.mark.usefixtures("required")
def test_who_becomes_staff_on_the_way_must_still_add_a_device(browser: Browser) -> None:
    somebody, path = invited()
    browser.submit(path)
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    browser.submit("/bienvenue/code", {"code": make.current_code(totp_secret(the(User)) or "")})
    browser.submit(CODES, page=NET)
    with transaction():
        db.session.scalars(select(User).where(User.person_id == somebody.id)).one().administrator_since = clock.now()
    assert post(browser, READY).headers["Location"] == WAY
    assert the(User).activated_at is None


def rescued(app: Flask, person: Person, at: datetime | None = None) -> Browser:
    """The browser where a rescue code has just served."""
    user_id = make.account(person).id
    with transaction():
        opened = actions.open_rescued(user_id, origin=Origin("tests"), at=at or clock.now())
    browser = Browser(app)
    with browser.client.session_transaction() as cookie:
        cookie["rescue"] = opened
    return browser


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> Person:
    """Somebody with every way in, signed in on the lost tablet, since yesterday."""
    somebody = make.member()
    make.complete_account(somebody)
    user_id, before = make.account(somebody).id, clock.now() - timedelta(days=1)
    register_old(user_id, before)
    with transaction():
        user = db.session.get_one(User, user_id)
        user.totp_confirmed_at = user.password_set_at = before
        db.session.add(ExternalIdentity(user_id=user_id, issuer="https://id.test", subject="s", linked_at=before))
    return somebody


def register_old(user_id: Any, at: datetime) -> None:
    make.saved(
        Passkey(
            user_id=user_id,
            credential_id=b"old" * 8,
            public_key=b"old",
            seal="old",
            name="Tablette perdue",
            created_at=at,
        )
    )


def test_a_rescue_leads_to_a_new_device_and_nothing_older_opens(app: Flask, owner: Person, sign_in: Any) -> None:
    lost = sign_in(owner)
    browser = rescued(app, owner)
    assert browser.get("/compte").status_code == 302, "a rescue opens no page of the portal"
    assert where(browser) == WAY
    assert entered(lost), "nothing changes before the new way is proven"
    device = Device()
    register(browser, device)
    assert where(browser) == NET
    assert not entered(lost)
    ended = {session.ended_because for session in every(Session) if session.ended_at}
    assert ended == {"rescued"}
    user = the(User)
    assert [passkey.name == "Tablette perdue" for passkey in every(Passkey)] == [False]
    assert (user.password_hash, user.totp_secret, user.totp_confirmed_at) == (None, None, None)
    assert (every(RecoveryCode), every(ExternalIdentity)) == ([], [])
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    browser.submit(CODES, page=NET)
    assert browser.submit(READY, page=CODES).headers["Location"] == "/bienvenue/icone"
    assert entered(browser)
    assert len(every(RecoveryCode)) == 8
    again = Browser(app)
    enter(again, device)
    assert entered(again)


def test_a_rescue_leads_to_a_new_password_and_code_too(app: Flask, owner: Person) -> None:
    browser = rescued(app, owner)
    new = "trois rivières et un pont"
    assert browser.submit("/bienvenue/mot-de-passe", {"password": new}).headers["Location"] == "/bienvenue/code"
    assert every(RecoveryCode) == [], "the old codes would open with the new password"
    assert len(every(Passkey)) == 1, "the old device until the new way is proven"
    secret = totp_secret(the(User)) or ""
    assert secret != make.TOTP_SECRET
    assert post(browser, "/bienvenue/code", code=make.current_code()).status_code == 422, "the lost tablet's code"
    answer = browser.submit("/bienvenue/code", {"code": make.current_code(secret)})
    assert answer.headers["Location"] == NET
    assert every(Passkey) == []
    browser.submit(CODES, page=NET)
    browser.submit(READY, page=CODES)
    assert entered(browser)
    changes = {letter.subject for letter in every(Letter)}
    assert len(changes) >= 2, "the person is told"
    written = {entry.action for entry in every(JournalEntry)}
    assert {"password_changed", "code_changed", "recovery_codes_renewed"} <= written


def test_a_second_device_after_the_codes_does_not_take_them_away(app: Flask, owner: Person) -> None:
    browser = rescued(app, owner)
    register(browser, Device())
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    browser.submit(CODES, page=NET)
    add(browser, Device())
    assert (len(every(Passkey)), len(every(RecoveryCode))) == (2, 8)


def test_a_rescue_lasts_half_an_hour_and_serves_once(app: Flask, owner: Person) -> None:
    late = rescued(app, owner, clock.now() - timedelta(minutes=31))
    assert late.get(WAY).headers["Location"].startswith("/connexion")
    browser = rescued(app, owner)
    register(browser, Device())
    register(browser, Device(), NET)
    with browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    browser.submit(READY, page=CODES)
    copy = Browser(app)
    with copy.client.session_transaction() as cookie:
        cookie.update(kept)
    assert copy.get(WAY).headers["Location"].startswith("/connexion"), "a copied cookie opens nothing afterwards"


def test_a_rescue_of_somebody_suspended_opens_nothing(app: Flask, owner: Person) -> None:
    browser = rescued(app, owner)
    with transaction():
        db.session.scalars(select(User)).one().suspended_at = clock.now()
    assert browser.get(WAY).headers["Location"].startswith("/connexion")


def test_comfort_can_be_skipped_and_found_again(sign_in: Any, app: Flask) -> None:
    browser = sign_in(make.member())
    for page, following in (("icone", "texte"), ("texte", "agenda"), ("agenda", "pret")):
        shown = browser.get(f"/bienvenue/{page}").text
        assert "Étape 4 sur 4" in shown
        assert f'href="/bienvenue/{following}"' in shown
    assert 'href="/bienvenue/icone"' in browser.get("/bienvenue/pret").text


@pytest.mark.parametrize(
    ("agent", "first"),
    [
        ("Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) Version/17.4 Safari/604.1", "Sur un iPad ou un iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.4 Safari/605.1", "Sur un iPad ou un iPhone"),
        ("Mozilla/5.0 (Linux; Android 9; SM-T510) Chrome/120 Safari/537.36", "Sur une tablette Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/120 Safari/537.36", "Sur un ordinateur"),
    ],
)
def test_the_icon_is_pictured_for_the_device_in_hand_first(sign_in: Any, agent: str, first: str) -> None:
    page = sign_in(make.member()).get("/bienvenue/icone", headers={"User-Agent": agent}).text
    found = re.search(r"<h2>([^<]+)</h2>", page)
    assert found
    assert found[1] == first
    assert page.count("<summary>") == 2


def test_the_size_of_the_text_is_tried_on_the_page_and_kept_on_the_device(sign_in: Any) -> None:
    browser = sign_in(make.member())
    answer = browser.submit("/bienvenue/texte", {"theme": "auto", "size": "150"})
    assert answer.headers["Location"] == "/bienvenue/texte?essai=oui"
    page = browser.follow(answer).text
    assert 'data-size="150"' in page
    assert "C’est enregistré sur cet appareil" in page
    assert browser.submit("/bienvenue/texte", {"theme": "auto", "size": "999"}).status_code == 422
    assert token(browser)


def test_the_calendar_is_made_by_a_press_once(sign_in: Any) -> None:
    browser = sign_in(make.member())
    assert "webcal:" not in browser.get("/bienvenue/agenda").text
    browser.submit("/bienvenue/agenda")
    first = re.search(r'href="(webcal:[^"]+)"', browser.get("/bienvenue/agenda").text)
    assert first
    post(browser, "/bienvenue/agenda")
    assert first[1] in browser.get("/bienvenue/agenda").text, "the same address"
