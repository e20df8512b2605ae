"""Signing in: two steps, one answer for everybody, nothing opened before the second factor."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity import actions, passwords
from elus.identity.models import Failures, Session, User, hash_token
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import AT, Browser

WRONG = "L’adresse ou le mot de passe ne convient pas"


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


def _password(
    browser: Browser, person: Person, password: str = make.PASSWORD, url: str = "/connexion", **more: Any
) -> Any:
    return browser.submit(url, {"address": person.email, "password": password, **more})


def _signed_in(browser: Browser, person: Person, **more: Any) -> Browser:
    assert _password(browser, person, **more).status_code == 302
    answer = browser.submit("/connexion/code", {"code": make.current_code()})
    assert answer.status_code == 302, answer.text
    return browser


def _cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("elus")
    assert found
    return str(found.value)


def _rows(selection: Any) -> Any:
    """What the database holds now, not when the test last looked."""
    db.session.rollback()
    return db.session.scalars(selection)


def _user(person: Person) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.person_id == person.id)).one()


def test_a_password_then_a_code_open_the_portal(browser: Browser, member: Person) -> None:
    first = _password(browser, member)
    assert first.headers["Location"] == "/connexion/code"
    assert browser.get("/compte").status_code == 302
    answer = browser.submit("/connexion/code", {"code": f" {make.current_code()[:3]} {make.current_code()[3:]} "})
    assert answer.status_code == 302
    assert browser.get("/compte").status_code == 200


@pytest.mark.asvs("V7.2.1", "V7.6.2")
def test_after_the_password_alone_nothing_else_opens(browser: Browser, member: Person) -> None:
    _password(browser, member)
    for url in ("/compte", "/secretariat/personnes", "/connexion/secours/reste", "/bienvenue/pret", "/bienvenue/code"):
        answer = browser.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/connexion")


@pytest.mark.asvs("V7.2.2")
def test_the_pending_token_is_no_session_even_where_flask_login_looks(browser: Browser, member: Person) -> None:
    _password(browser, member)
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = cookie["pending"]
    assert browser.get("/compte").status_code == 302


@pytest.mark.asvs("V7.2.3", "V7.2.4")
def test_each_step_gives_a_new_identifier(browser: Browser, member: Person) -> None:
    _password(browser, member)
    with browser.client.session_transaction() as cookie:
        pending = cookie["pending"]
    browser.submit("/connexion/code", {"code": make.current_code()})
    with browser.client.session_transaction() as cookie:
        assert "pending" not in cookie
        proven = cookie["_user_id"]
    assert proven != pending
    ended = _rows(select(Session).where(Session.token_hash == hash_token(pending))).one()
    assert ended.ended_at is not None
    assert proven not in str([row.token_hash for row in _rows(select(Session))])


@pytest.mark.asvs("V7.4.1")
def test_a_copied_cookie_dies_with_the_session(app: Flask, browser: Browser, member: Person) -> None:
    _signed_in(browser, member)
    thief = Browser(app)
    thief.client.set_cookie("elus", _cookie(browser), domain="localhost")
    assert thief.get("/compte").status_code == 200
    assert browser.submit("/deconnexion", page="/compte").status_code == 303
    assert thief.get("/compte").status_code == 302
    assert browser.get("/compte").status_code == 302


@pytest.mark.asvs("V6.3.8")
def test_an_unknown_address_gets_the_same_answer(app: Flask, member: Person) -> None:
    known = _password(Browser(app), member, "un mot de passe faux")
    unknown = Browser(app).submit(
        "/connexion", {"address": "inconnu@exemple.invalid", "password": "un mot de passe faux"}
    )
    assert known.status_code == unknown.status_code == 422
    assert WRONG in known.text
    assert WRONG in unknown.text
    assert _without_what_varies(known.text, str(member.email)) == _without_what_varies(
        unknown.text, "inconnu@exemple.invalid"
    )


def _without_what_varies(page: str, address: str) -> str:
    return re.sub(r"name=\"csrf_token\"[^>]*>|data-options='[^']*'", "", page).replace(address, "")


def test_an_account_not_yet_ready_gets_the_same_answer(app: Flask) -> None:
    somebody = make.person()
    make.account(somebody, active=False, password_hash=passwords.hash_password(make.PASSWORD))
    assert WRONG in _password(Browser(app), somebody).text


def test_the_address_is_kept_and_the_password_is_not(browser: Browser, member: Person) -> None:
    page = _password(browser, member, "un mot de passe faux").text
    assert f'value="{member.email}"' in page
    assert "un mot de passe faux" not in page


def test_the_address_is_read_without_case_or_spaces(browser: Browser, member: Person) -> None:
    answer = browser.submit("/connexion", {"address": f"  {str(member.email).upper()} ", "password": make.PASSWORD})
    assert answer.status_code == 302


@pytest.mark.asvs("V6.1.1", "V6.3.1")
def test_waiting_grows_after_five_tries_and_is_said(app: Flask, browser: Browser, member: Person) -> None:
    for _ in range(5):
        assert _password(browser, member, "un mot de passe faux").status_code == 422
    refused = _password(browser, member)
    assert refused.status_code == 429
    assert "Trop d’essais." in refused.text
    assert "1\u00a0minute" in refused.text
    with transaction():
        db.session.execute(update(Failures).values(blocked_until=clock.now() - timedelta(seconds=1)))
    _signed_in(browser, member)
    assert len(_rows(select(Failures)).all()) == 2  # behind the network and everywhere: none of the person is left


def test_an_unknown_address_waits_just_as_much(browser: Browser) -> None:
    data = {"address": "inconnu@exemple.invalid", "password": "un mot de passe faux"}
    for _ in range(5):
        browser.submit("/connexion", data)
    assert browser.submit("/connexion", data).status_code == 429


def test_another_address_does_not_wait(browser: Browser, member: Person) -> None:
    for _ in range(6):
        browser.submit("/connexion", {"address": "inconnu@exemple.invalid", "password": "un mot de passe faux"})
    assert _password(browser, member).status_code == 302


def test_the_delay_grows_to_a_quarter_of_an_hour_and_no_further(app: Flask) -> None:
    waits, at = [], AT
    for _ in range(12):
        with transaction():
            actions.count_try("porte", at=at)
        row = _rows(select(Failures)).one()
        until = row.blocked_until
        waits.append(round((until - at).total_seconds() / 60) if until else 0)
        at = until or at
    assert waits == [0, 0, 0, 0, 1, 2, 5, 10, 15, 15, 15, 15]


def test_a_day_without_failure_is_forgotten(app: Flask) -> None:
    for n in range(4):
        with transaction():
            assert actions.count_try("porte", at=AT) == n + 1
    with transaction():
        assert actions.count_try("porte", at=AT + timedelta(hours=25)) == 1


def test_tries_at_the_same_time_all_count(app: Flask) -> None:
    refused: list[str] = []

    def attempt() -> None:
        with app.app_context():
            try:
                with transaction():
                    actions.count_try("porte", at=AT)
            except Refused as refusal:
                refused.append(refusal.code)
            db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["too_many_tries"] * 3
    assert _rows(select(Failures.count)).one() == 5


def test_the_database_does_not_hold_what_was_typed(browser: Browser) -> None:
    browser.submit("/connexion", {"address": "secret@exemple.invalid", "password": "un mot de passe faux"})
    kept = _rows(select(Failures.address_mac)).all()
    assert len(kept) == 3  # of the address, behind its network, everywhere
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in kept)


@pytest.mark.asvs("V6.5.1")
def test_a_code_serves_once_even_padded_with_spaces(app: Flask, browser: Browser, member: Person) -> None:
    code = make.current_code()
    _password(browser, member)
    assert browser.submit("/connexion/code", {"code": code}).status_code == 302
    other = Browser(app)
    _password(other, member)
    for typed in (code, f" {code} ", f"{code[:3]} {code[3:]}", f"\u00a0{code}"):
        answer = other.submit("/connexion/code", {"code": typed})
        assert answer.status_code == 422
        assert "déjà servi" in answer.text
    assert other.get("/compte").status_code == 302


def test_the_same_code_at_the_same_time_opens_one_session(app: Flask, member: Person) -> None:
    user_id, results, code = _user(member).id, [], make.current_code()
    db.session.rollback()

    def attempt() -> None:
        with app.app_context():
            with transaction():
                results.append(actions.use_code(user_id, code, at=clock.now()))
            db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [None, "used", "used", "used"]


def test_an_older_code_does_not_serve_after_a_newer_one(browser: Browser, member: Person) -> None:
    with transaction():
        db.session.execute(update(User).values(totp_counter=10**9))
    _password(browser, member)
    assert "déjà servi" in browser.submit("/connexion/code", {"code": make.current_code()}).text


def test_a_tablet_whose_clock_is_wrong_is_told_so(browser: Browser, member: Person) -> None:
    _password(browser, member)
    answer = browser.submit("/connexion/code", {"code": make.current_code(minutes=4)})
    assert "elle avance de 4\u00a0minutes" in answer.text
    answer = browser.submit("/connexion/code", {"code": make.current_code(minutes=-5)})
    assert "elle retarde de 5\u00a0minutes" in answer.text


def test_somebody_who_guesses_is_not_told_the_drift(browser: Browser, member: Person) -> None:
    _password(browser, member)
    for _ in range(3):
        browser.submit("/connexion/code", {"code": "pas un code"})
    answer = browser.submit("/connexion/code", {"code": make.current_code(minutes=4)})
    assert "avance" not in answer.text


def test_codes_are_counted_too(browser: Browser, member: Person) -> None:
    _password(browser, member)
    for _ in range(5):
        assert browser.submit("/connexion/code", {"code": "abc"}).status_code == 422
    assert browser.submit("/connexion/code", {"code": make.current_code()}).status_code == 429
    assert browser.get("/compte").status_code == 302


def test_the_second_step_is_open_for_ten_minutes(browser: Browser, member: Person) -> None:
    _password(browser, member)
    with transaction():
        db.session.execute(update(Session).values(expires_at=clock.now() - timedelta(seconds=1)))
    assert browser.get("/connexion/code").headers["Location"].startswith("/connexion?")


@pytest.mark.asvs("V6.5.1")
def test_a_recovery_code_replaces_the_tablet_once(app: Flask, browser: Browser) -> None:
    somebody = make.member()
    codes = make.complete_account(somebody)
    _password(browser, somebody)
    answer = browser.submit("/connexion/secours", {"code": codes[0].lower().replace("-", " ")})
    assert answer.headers["Location"] == "/connexion/secours/reste"
    assert "Il vous en reste <strong>7</strong>" in browser.follow(answer).text
    other = Browser(app)
    _password(other, somebody)
    assert other.submit("/connexion/secours", {"code": codes[0]}).status_code == 422
    assert other.get("/compte").status_code == 302


def test_one_recovery_code_used_twice_at_once_opens_once(app: Flask) -> None:
    somebody = make.member()
    code = make.complete_account(somebody)[0]
    user_id, results = _user(somebody).id, []
    db.session.rollback()

    def attempt() -> None:
        with app.app_context():
            with transaction():
                results.append(actions.use_recovery_code(user_id, code, at=clock.now()))
            db.session.remove()

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [None, "wrong", "wrong", "wrong"]


def test_somebody_else_s_recovery_code_is_refused(app: Flask, browser: Browser, member: Person) -> None:
    other = make.member()
    codes = make.complete_account(other)
    _password(browser, member)
    assert browser.submit("/connexion/secours", {"code": codes[0]}).status_code == 422


@pytest.mark.parametrize(
    "suite",
    [
        "https://exemple.invalid/",
        "//exemple.invalid",
        "/\\exemple.invalid",
        "/\t/exemple.invalid",
        "\\/exemple.invalid",
        "javascript:alert(1)",
        "/reunions\r\nLocation: x",
        "/connexion",
        "/bienvenue/x",
        "reunions",
    ],
)
def test_the_way_onwards_stays_on_this_site(browser: Browser, member: Person, suite: str) -> None:
    from urllib.parse import quote

    first = _password(browser, member, url=f"/connexion?suite={quote(suite)}")
    assert first.headers["Location"] == "/connexion/code"
    second = browser.submit(f"/connexion/code?suite={quote(suite)}", {"code": make.current_code()})
    assert "exemple" not in second.headers["Location"]
    assert second.headers["Location"].startswith("/")
    assert "reunions" not in second.headers["Location"]


def test_one_comes_back_to_the_page_one_asked_for(browser: Browser, member: Person) -> None:
    asked = browser.get("/compte?vue=1")
    first = _password(browser, member, url=asked.headers["Location"])
    answer = browser.submit(first.headers["Location"], {"code": make.current_code()})
    assert answer.headers["Location"] == "/compte?vue=1"


def test_staying_connected_is_for_thirty_days_and_for_members(browser: Browser, member: Person) -> None:
    _signed_in(browser, member, stay="y")
    session = _rows(select(Session).where(Session.proven_at.is_not(None))).one()
    assert session.expires_at - session.opened_at == timedelta(days=30)
    assert browser.client.get_cookie("elus").expires is not None  # type: ignore[union-attr]


def test_staff_do_not_stay_connected(browser: Browser) -> None:
    agent = make.secretary(make.organization())
    make.complete_account(agent)
    _signed_in(browser, agent, stay="y")
    session = _rows(select(Session).where(Session.proven_at.is_not(None))).one()
    assert session.expires_at - session.opened_at == timedelta(hours=10)
    assert browser.client.get_cookie("elus").expires is None  # type: ignore[union-attr]


def test_a_session_left_alone_for_four_hours_ends(browser: Browser, member: Person) -> None:
    _signed_in(browser, member)
    with transaction():
        db.session.execute(update(Session).values(seen_at=clock.now() - timedelta(hours=5)))
    assert browser.get("/compte").status_code == 302


def test_who_becomes_staff_loses_the_long_session(browser: Browser, member: Person) -> None:
    _signed_in(browser, member, stay="y")
    long_ago = clock.now() - timedelta(hours=13)
    with transaction():
        db.session.execute(update(Session).values(opened_at=long_ago))
    assert browser.get("/compte").status_code == 200
    with transaction():
        db.session.execute(update(User).values(administrator_since=clock.now()))
    assert browser.get("/compte").status_code == 302


def test_a_stronger_hash_replaces_a_weak_one_at_sign_in(browser: Browser, member: Person) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash(make.PASSWORD)
    with transaction():
        db.session.execute(update(User).values(password_hash=weak))
    _password(browser, member)
    kept = _user(member).password_hash
    assert kept
    assert "m=19456" in kept


def test_the_key_of_the_codes_is_sealed(member: Person) -> None:
    user = _user(member)
    assert user.totp_secret
    assert make.TOTP_SECRET.encode() not in user.totp_secret


def test_the_session_cookie_is_for_http_and_this_site_only(browser: Browser, member: Person) -> None:
    answer = _password(browser, member)
    header = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("elus="))
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Domain" not in header


def test_over_https_the_cookie_is_bound_to_the_host(app: Flask, tmp_path: Any) -> None:
    from elus import create_app
    from elus.config import load
    from elus.kernel.crypto import Keyring

    settings = load({"ELUS_INSTANCE": str(tmp_path), "ELUS_PUBLIC_URL": "https://elus.exemple.invalid"})
    Keyring.create(settings.keys)
    (tmp_path / "files").mkdir(exist_ok=True)
    secure = create_app(settings, testing=True)
    assert secure.config["SESSION_COOKIE_NAME"] == "__Host-elus"
    assert secure.config["SESSION_COOKIE_SECURE"] is True


def test_signing_in_without_the_token_of_the_form_is_refused(browser: Browser, member: Person) -> None:
    answer = browser.open("/connexion", method="POST", data={"address": member.email, "password": make.PASSWORD})
    assert answer.status_code == 400


def test_the_sign_in_page_stays_light(browser: Browser) -> None:
    page = browser.get("/connexion")
    assert len(re.findall(r"<[a-z]", page.text)) <= 110
    assert len(page.data) < 8_000
