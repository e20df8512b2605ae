"""What a stranger sets while somebody is invited or helped back in: nothing of it may open the account afterwards."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.identity import actions
from elus.identity.models import Passkey, PasswordReset, RecoveryCode, User, hash_token
from elus.identity.sealed import totp_secret
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.outbox import Letter
from elus.organizations.actions import invite
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser
from tests.identity.device import Device
from tests.identity.test_passkeys import add, enter, entered, options, post
from tests.identity.test_passkeys import device as device
from tests.identity.test_passkeys import member as member
from tests.identity.test_setting_up import CODES, NET, READY, WAY, every, invited, register, rescued, the, where

HELPED = "Quelqu’un vous aide à revenir"


def invited_again(somebody: Person) -> str:
    """The path of another invitation, as the person asks for it."""
    with transaction():
        invite(db.session.get_one(Person, somebody.id), by=None, at=clock.now() + timedelta(minutes=1))
    letter = db.session.scalars(select(Letter).order_by(Letter.created_at.desc())).first()
    found = re.search(r"http://localhost(/bienvenue/\S+)", letter.text if letter else "")
    assert found
    return found[1]


def test_a_device_set_by_whoever_read_the_first_invitation_opens_nothing(app: Flask, browser: Browser) -> None:
    somebody, path = invited()
    reader, stolen = Browser(app), Device()
    reader.submit(path)
    register(reader, stolen)
    browser.submit(invited_again(somebody))
    assert where(browser) == WAY, "everything begins anew"
    assert every(Passkey) == []
    register(browser, Device())
    register(browser, Device(), NET)
    browser.submit(READY, page=CODES)
    assert entered(browser)
    enter(reader, stolen)
    assert not entered(reader)


def test_a_password_and_a_key_of_codes_set_by_a_stranger_do_not_stay_either(app: Flask, browser: Browser) -> None:
    somebody, path = invited()
    reader = Browser(app)
    reader.submit(path)
    reader.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    known = totp_secret(the(User)) or ""
    reader.submit("/bienvenue/code", {"code": make.current_code(known)})
    reader.submit(CODES, page=NET)
    assert len(every(RecoveryCode)) == 8
    browser.submit(invited_again(somebody))
    assert where(browser) == WAY
    user = the(User)
    assert (user.password_hash, user.totp_secret, user.totp_confirmed_at) == (None, None, None)
    assert every(RecoveryCode) == []
    browser.submit("/bienvenue/mot-de-passe", {"password": "trois rivières et un pont"})
    assert totp_secret(the(User)) not in (None, known)


def test_no_way_in_is_added_from_the_lost_tablet_while_its_owner_is_helped(
    app: Flask, sign_in: Any, member: Person, device: Device
) -> None:
    thief = sign_in(member)
    asked = options(thief, "/compte/securite/appareils/demande")
    owner = rescued(app, member)
    mine = Device()
    answer = post(thief, "/compte/securite/appareils/ajouter", credential=mine.create(asked))
    assert answer.headers["Location"] == "/compte/securite"
    assert HELPED in thief.get("/compte/securite").text
    assert len(every(Passkey)) == 1
    assert where(owner) == WAY
    register(owner, Device())
    assert not entered(thief)
    assert len(every(Passkey)) == 1, "the new one alone"


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("/compte/securite/mot-de-passe", {"current": make.PASSWORD, "password": "trois rivières et un pont"}),
        ("/compte/securite/codes-de-secours", {}),
    ],
)
def test_neither_password_nor_codes_are_changed_there_meanwhile(
    app: Flask, sign_in: Any, member: Person, page: str, fields: dict[str, str]
) -> None:
    thief = sign_in(member)
    rescued(app, member)
    kept = the(User).password_hash, {code.id for code in every(RecoveryCode)}
    shown = re.search(r'name="revision"[^>]*value="([^"]+)"', thief.get(page).text)
    assert shown
    assert thief.submit(page, {**fields, "revision": shown[1]}).headers["Location"] == "/compte/securite"
    assert HELPED in thief.get("/compte/securite").text
    assert (the(User).password_hash, {code.id for code in every(RecoveryCode)}) == kept


def test_a_mailed_link_chooses_no_password_meanwhile(app: Flask, browser: Browser, member: Person) -> None:
    at = clock.now()
    make.saved(
        PasswordReset(
            user_id=make.account(member).id,
            token_hash=hash_token("link"),
            created_at=at,
            expires_at=at + timedelta(minutes=30),
        )
    )
    rescued(app, member)
    fields = {"password": "trois rivières et un pont", "code": make.current_code()}
    assert browser.submit("/connexion/nouveau-mot-de-passe/link", fields).status_code == 410


def test_once_the_help_is_over_everything_may_change_again(app: Flask, sign_in: Any, member: Person) -> None:
    browser = sign_in(member)
    rescued(app, member, clock.now() - timedelta(minutes=31))
    assert add(browser, Device()).status_code == 303
    assert len(every(Passkey)) == 1


def test_tries_of_a_thief_do_not_make_the_rescued_person_wait(app: Flask, browser: Browser, member: Person) -> None:
    user_id = make.account(member).id
    with transaction():
        for _ in range(5):
            actions.use_code(user_id, "000000", at=clock.now())
    owner = rescued(app, member)
    owner.submit("/bienvenue/mot-de-passe", {"password": "trois rivières et un pont"})
    code = make.current_code(totp_secret(the(User)) or "")
    assert owner.submit("/bienvenue/code", {"code": code}).headers["Location"] == NET
