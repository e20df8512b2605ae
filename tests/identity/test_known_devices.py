"""Known devices: what a browser keeps, who is told of a new one, and why a stranger cannot keep the mayor out."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity import actions
from elus.identity.actions.tries import note_failure
from elus.identity.models import Device, Failures, Session, User, hash_token
from elus.identity.policy import NETWORK
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser
from tests.identity import test_passkeys as unlocking


@pytest.fixture
def mayor(app: Flask) -> Person:
    somebody = make.president(make.organization())
    make.complete_account(somebody)
    return somebody


def _rows(selection: Any) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(selection))


def _enter(browser: Browser, who: Person) -> Browser:
    with transaction():  # a code serves once, and these stories sign in several times in thirty seconds
        db.session.execute(update(User).values(totp_counter=None))
    assert _password(browser, who).status_code == 302
    answer = browser.submit("/connexion/code", {"code": make.current_code()})
    assert answer.status_code == 302, answer.text
    return browser


def _leave(browser: Browser) -> Browser:
    assert browser.submit("/deconnexion", page="/compte").status_code == 303
    return browser


def _password(browser: Browser, who: Person, password: str = make.PASSWORD) -> Any:
    return browser.submit("/connexion", {"address": who.email, "password": password})


def _attack(app: Flask, who: Person, times: int = 5) -> None:
    stranger = Browser(app)
    for _ in range(times):
        assert _password(stranger, who, "un mot de passe faux").status_code == 422
    assert _password(stranger, who, "un mot de passe faux").status_code == 429


def test_entering_makes_the_browser_a_known_device(browser: Browser, mayor: Person) -> None:
    _enter(browser, mayor)
    kept = browser.client.get_cookie("elus-device")
    assert kept
    assert kept.http_only
    assert kept.same_site == "Lax"
    assert kept.max_age == 365 * 86_400
    device = _rows(select(Device))[0]
    assert device.token_hash == hash_token(kept.value)
    assert _rows(select(Session.device_id).where(Session.proven_at.is_not(None))) == [device.id]


def test_the_first_step_alone_makes_nothing_known(browser: Browser, mayor: Person) -> None:
    _password(browser, mayor)
    assert browser.client.get_cookie("elus-device") is None
    assert _rows(select(Device)) == []


@pytest.mark.asvs("V7.2.2")
def test_the_cookie_of_a_device_opens_nothing(app: Flask, browser: Browser, mayor: Person) -> None:
    _enter(browser, mayor)
    other = Browser(app)
    other.client.set_cookie("elus-device", browser.client.get_cookie("elus-device").value, domain="localhost")  # type: ignore[union-attr]
    assert other.get("/compte").status_code == 302


def test_coming_back_keeps_one_device(browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    first = browser.client.get_cookie("elus-device").value  # type: ignore[union-attr]
    _enter(browser, mayor)
    assert browser.client.get_cookie("elus-device").value == first  # type: ignore[union-attr]
    assert len(_rows(select(Device))) == 1


def test_a_cookie_that_is_not_ours_is_replaced(browser: Browser, mayor: Person) -> None:
    browser.client.set_cookie("elus-device", "court", domain="localhost")
    _enter(browser, mayor)
    assert len(browser.client.get_cookie("elus-device").value) == 43  # type: ignore[union-attr]


def test_two_people_may_share_a_browser(browser: Browser, mayor: Person) -> None:
    other = make.member()
    make.complete_account(other)
    _leave(_enter(browser, mayor))
    _enter(browser, other)
    devices = _rows(select(Device))
    assert len(devices) == 2
    assert len({device.token_hash for device in devices}) == 1


@pytest.mark.asvs("V6.3.5")
def test_a_new_device_is_told_by_mail_but_the_very_first_is_not(app: Flask, browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    assert _rows(select(Letter)) == []
    _leave(_enter(browser, mayor))
    assert _rows(select(Letter)) == []
    _enter(Browser(app), mayor)
    letter = _rows(select(Letter))[0]
    assert letter.subject == "Un nouvel appareil vient d’entrer dans votre compte"
    assert letter.recipient == mayor.email
    assert "n’ont pas réussi" not in letter.text


@pytest.mark.asvs("V6.3.5")
def test_the_letter_says_how_many_tries_failed_before(app: Flask, browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    other = Browser(app)
    for _ in range(2):
        _password(other, mayor, "un mot de passe faux")
    _password(other, mayor)
    other.submit("/connexion/code", {"code": "abc"})
    _enter(other, mayor)
    assert "Juste avant, 4\u00a0essais n’ont pas réussi." in _rows(select(Letter.text))[0]


@pytest.mark.asvs("V6.1.1")
def test_whoever_fails_elsewhere_does_not_keep_the_mayor_out(app: Flask, browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    _attack(app, mayor)
    _enter(browser, mayor)
    assert browser.get("/compte").status_code == 200


def test_the_mayor_entering_does_not_give_the_stranger_new_tries(app: Flask, browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    _attack(app, mayor)
    _enter(browser, mayor)
    assert _password(Browser(app), mayor, "un mot de passe faux").status_code == 429


def test_whoever_knows_the_password_does_not_keep_the_mayor_out_by_wrong_codes(
    app: Flask, browser: Browser, mayor: Person
) -> None:
    _leave(_enter(browser, mayor))
    thief = Browser(app)
    _password(thief, mayor)
    for _ in range(5):
        thief.submit("/connexion/code", {"code": "abc"})
    assert thief.submit("/connexion/code", {"code": make.current_code()}).status_code == 429
    _enter(browser, mayor)
    assert browser.get("/compte").status_code == 200


def test_an_unknown_device_is_told_how_long_to_wait(app: Flask, browser: Browser, mayor: Person) -> None:
    _attack(app, mayor)
    answer = _password(browser, mayor)
    assert answer.status_code == 429
    assert "Réessayez dans 1\u00a0minute" in answer.text
    assert "déjà" in answer.text


def test_failures_of_a_known_device_count_on_it(browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    for _ in range(5):
        assert _password(browser, mayor, "un mot de passe faux").status_code == 422
    assert _password(browser, mayor).status_code == 429


def test_somebody_else_s_device_is_not_known_here(app: Flask, browser: Browser, mayor: Person) -> None:
    other = make.member()
    make.complete_account(other)
    _leave(_enter(browser, other))
    _attack(app, mayor)
    assert _password(browser, mayor).status_code == 429


def test_a_device_declared_lost_is_known_no_more(app: Flask, browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    lost = browser.client.get_cookie("elus-device").value  # type: ignore[union-attr]
    with transaction():
        db.session.execute(update(Device).values(lost_at=clock.now()))
    _attack(app, mayor)
    assert _password(browser, mayor).status_code == 429
    with transaction():
        db.session.execute(update(Failures).values(blocked_until=None))
    _leave(_enter(browser, mayor))
    assert browser.client.get_cookie("elus-device").value != lost  # type: ignore[union-attr]
    assert len(_rows(select(Letter))) == 1
    _enter(browser, mayor)
    assert len(_rows(select(Device).where(Device.lost_at.is_(None)))) == 1


@pytest.mark.asvs("V6.3.5")
def test_insistence_on_an_account_is_in_the_journal(app: Flask, mayor: Person) -> None:
    _attack(app, mayor)
    refused = _rows(select(JournalEntry).where(JournalEntry.action == "sign_in_refused"))
    assert len(refused) == 1
    assert refused[0].detail["tries"] == 5
    assert str(mayor.email) not in str(refused[0].detail)


def test_unlocking_forgets_what_made_somebody_wait_on_every_device(app: Flask, browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    for _ in range(5):
        _password(browser, mayor, "un mot de passe faux")
    _attack(app, mayor)
    with transaction():
        assert actions.unlock(_rows(select(Device.user_id))[0], by=None, at=clock.now()) == 2
    assert _password(browser, mayor).status_code == 302
    assert _password(Browser(app), mayor).status_code == 302


def test_a_device_unused_for_more_than_a_year_is_forgotten(browser: Browser, mayor: Person) -> None:
    _leave(_enter(browser, mayor))
    with transaction():
        db.session.execute(update(Device).values(used_at=clock.now() - timedelta(days=401)))
    with transaction():
        actions.clean_up(clock.now())
    assert len(_rows(select(Device))) == 1  # a session still names it
    with transaction():
        db.session.execute(update(Session).values(device_id=None))
    with transaction():
        actions.clean_up(clock.now())
    assert _rows(select(Device)) == []


@pytest.mark.asvs("V7.1.2", "V7.6.2")
def test_one_may_be_signed_in_on_several_devices_each_by_an_act_of_its_own(
    app: Flask, browser: Browser, mayor: Person
) -> None:
    """No number is imposed: a tablet, a telephone, the office; each is seen and ended in « Ma sécurité »."""
    others = [Browser(app) for _ in range(3)]
    for one in (browser, *others):
        assert one.get("/compte").status_code == 302
        _enter(one, mayor)
    assert [one.get("/compte").status_code for one in (browser, *others)] == [200] * 4
    assert len(_rows(select(Device))) == 4


def test_the_mayor_attacked_all_day_enters_by_device_unlock_from_anywhere(
    app: Flask, mayor: Person, sign_in: Any
) -> None:
    tablet = unlocking.Device()
    assert unlocking.add(sign_in(mayor), tablet).status_code == 303
    _attack(app, mayor)
    for _ in range(NETWORK.most):
        with transaction():
            note_failure("127.0.0.1/32", at=clock.now())
    elsewhere = Browser(app)
    assert _password(elsewhere, mayor).status_code == 429
    assert unlocking.enter(elsewhere, tablet).status_code == 303
    assert unlocking.entered(elsewhere)


@pytest.mark.parametrize("typed", ["network {}", "code of {}", "proof of {}", "password of {}", "everywhere"])
def test_no_address_typed_at_the_door_counts_as_something_else(app: Flask, mayor: Person, typed: str) -> None:
    user_id, here = make.account(mayor).id, "127.0.0.1/32"
    stranger = Browser(app)
    for _ in range(6):
        fields = {"address": typed.format(here if "network" in typed else user_id), "password": "faux"}
        stranger.submit("/connexion", fields)
    assert _password(Browser(app), mayor).status_code == 302, "the network is not closed"
    with transaction():
        assert actions.waits_until(user_id, clock.now()) is None
        actions.try_again(user_id, at=clock.now())
        assert actions.use_code(user_id, make.current_code(), at=clock.now()) is None


def test_a_helper_unlocks_the_proofs_too(app: Flask, mayor: Person) -> None:
    user_id = make.account(mayor).id
    with transaction():
        for _ in range(5):
            actions.try_again(user_id, at=clock.now())
    assert actions.waits_until(user_id, clock.now())
    with transaction():
        actions.unlock(user_id, by=None, at=clock.now())
        actions.try_again(user_id, at=clock.now())
