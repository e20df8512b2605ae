"""Proving both factors again: asked where it is missing, kept ten minutes, and nothing typed is lost."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, jsonify, request
from sqlalchemy import select, update

from elus.identity.models import Passkey, Session, User
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.gate import fresh_proof, gate, member
from elus.kernel.journal import JournalEntry
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser
from tests.identity.device import PRESENT, Device
from tests.identity.test_passkeys import add, page_options, rows, token

ACT = "/secretariat/reunions/nouvelle"
ASKED = "C’est bien vous"


@pytest.fixture
def person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody before an act that wants a fresh proof, and which tells what it received."""

    @gate(member)
    @fresh_proof
    def act(_who: Any) -> Any:
        return jsonify(done=request.method, form=request.form.to_dict(flat=False), query=request.args.to_dict())

    monkeypatch.setitem(app.view_functions, "meetings.new", act)
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


@pytest.fixture
def browser(person: Person, sign_in: Any) -> Browser:
    """A window left open for more than ten minutes."""
    found: Browser = sign_in(person)
    stale()
    return found


def stale(minutes: float = 10.1) -> None:
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - timedelta(minutes=minutes)))


def send(browser: Browser, url: str = ACT, page: str = ACT, **fields: Any) -> Any:
    return browser.open(url, method="POST", data={**fields, "csrf_token": _token(browser, page)})


def _token(browser: Browser, page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(page).text)
    return found[1] if found else token_of_aside(browser)


def token_of_aside(browser: Browser) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/compte").text)
    assert found
    return found[1]


def proof(**more: Any) -> dict[str, Any]:
    return {"_proof_password": make.PASSWORD, "_proof_code": make.current_code(), **more}


def carried(page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return [(name, html.unescape(value)) for name, value in found if name != "csrf_token"]


@pytest.mark.asvs("V7.5.1")
def test_what_is_asked_within_ten_minutes_is_done_at_once(person: Person, sign_in: Any) -> None:
    browser = sign_in(person)
    stale(9.9)
    assert browser.get(ACT).json["done"] == "GET"


def test_a_page_asked_too_late_comes_after_the_proof(browser: Browser) -> None:
    asked = browser.get(f"{ACT}?voir=tout")
    assert asked.status_code == 403
    assert ASKED in asked.text
    action = re.search(r'<form method="post" action="([^"]+)"', asked.text)
    assert action
    where = html.unescape(action[1])
    assert where.startswith("/connexion/confirmer?suite=")
    answer = send(browser, where, **proof())
    assert answer.status_code == 303
    assert browser.follow(answer).json == {"done": "GET", "form": {}, "query": {"voir": "tout"}}


@pytest.mark.asvs("V7.5.1")
def test_what_was_typed_goes_on_after_the_proof(browser: Browser) -> None:
    typed = {"theme": "d'été « <b>", "lignes": ["une", "deux"], "vide": ""}
    asked = send(browser, f"{ACT}?a=1", **typed)
    assert asked.status_code == 403
    kept = carried(asked.text)
    assert kept == [("theme", typed["theme"]), ("lignes", "une"), ("lignes", "deux"), ("vide", "")]
    fields: dict[str, Any] = {}
    for name, value in kept:
        fields.setdefault(name, []).append(value)
    done = send(browser, f"{ACT}?a=1", **fields, **proof()).json
    assert done["done"] == "POST"
    assert done["query"] == {"a": "1"}
    assert {name: done["form"][name] for name in fields} == fields


@pytest.mark.asvs("V7.2.4")
def test_a_proof_changes_the_token_and_the_old_one_is_dead(app: Flask, browser: Browser) -> None:
    with browser.client.session_transaction() as cookie:
        before = cookie["_user_id"]
    assert send(browser, **proof()).json["done"] == "POST"
    with browser.client.session_transaction() as cookie:
        assert cookie["_user_id"] != before
    thief = Browser(app)
    with thief.client.session_transaction() as cookie:
        cookie["_user_id"] = before
    assert thief.get("/compte").status_code == 302
    assert browser.get("/compte").status_code == 200
    assert browser.get(ACT).json["done"] == "GET"
    line = rows(select(JournalEntry).where(JournalEntry.action == "fresh_proof_given")).one()
    assert line.detail == {"factor": "totp"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"_proof_password": "un autre mot de passe"}, "ne convient pas"),
        ({"_proof_code": "000000"}, "ne convient pas"),
        ({"_proof_code": ""}, "Recopiez le code"),
        ({"_proof_password": ""}, "Écrivez votre mot de passe"),
    ],
    ids=str,
)
def test_a_wrong_proof_opens_nothing_and_keeps_what_was_typed(
    browser: Browser, wrong: dict[str, str], said: str
) -> None:
    answer = send(browser, theme="sombre", **proof(**wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert carried(answer.text) == [("theme", "sombre")]
    assert make.PASSWORD not in answer.text
    assert browser.get(ACT).status_code == 403


def test_a_code_already_used_is_no_proof(browser: Browser, person: Person) -> None:
    once = proof()
    assert send(browser, **once).json["done"] == "POST"
    stale()
    assert "a déjà servi" in send(browser, **once).text


def test_tries_at_the_proof_wait_longer_and_longer_without_closing_the_sign_in_page(
    app: Flask, browser: Browser, person: Person
) -> None:
    for _ in range(5):
        send(browser, **proof(_proof_password="un autre mot de passe"))
    answer = send(browser, **proof())
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.text
    owner = Browser(app)
    first = owner.submit("/connexion", {"address": person.email, "password": make.PASSWORD})
    assert first.headers["Location"].startswith("/connexion/code")


def test_a_recovery_code_is_no_fresh_proof(browser: Browser, person: Person) -> None:
    codes = make.complete_account(person)
    assert send(browser, **proof(_proof_code=codes[0])).status_code == 422


def test_the_device_proves_by_one_gesture(person: Person, sign_in: Any) -> None:
    browser, device = sign_in(person), Device()
    add(browser, device)
    stale()
    page = browser.get(ACT)
    assert "Confirmer avec le visage" in page.text
    asked = page_options(browser, ACT)
    assert len(asked["allowCredentials"]) == 1
    assert send(browser, theme="sombre", _proof_passkey=device.get(asked)).json["form"]["theme"] == ["sombre"]
    assert browser.get(ACT).json["done"] == "GET"


@pytest.mark.asvs("V7.5.1")
def test_somebody_else_s_device_or_an_answer_made_for_entering_proves_nothing(
    app: Flask, person: Person, sign_in: Any
) -> None:
    browser, mine, theirs = sign_in(person), Device(), Device()
    add(browser, mine)
    other = make.member()
    add(sign_in(other), theirs)
    stale()
    for device, lie in ((theirs, {}), (mine, {"flags": PRESENT}), (mine, {"origin": "http://autre"})):
        for name, value in lie.items():
            setattr(device, name, value)
        answer = send(browser, _proof_passkey=device.get(page_options(browser, ACT)))
        assert answer.status_code == 422, answer.text
        assert "n’a pas pu" in answer.text
        device.flags, device.origin = 5, "http://localhost"
    stranger = Browser(app)
    entering = mine.get(page_options(stranger))
    assert send(browser, _proof_passkey=entering).status_code == 422
    assert browser.get(ACT).status_code == 403


def test_an_account_with_devices_only_is_not_asked_a_password(person: Person, sign_in: Any) -> None:
    browser = sign_in(person)
    add(browser, Device())
    with transaction():
        db.session.execute(update(User).values(password_hash=None, totp_secret=None, totp_confirmed_at=None))
    stale()
    page = browser.get(ACT).text
    assert 'type="password"' not in page
    assert send(browser, **proof()).status_code == 422


def test_a_program_is_told_in_its_language(browser: Browser) -> None:
    answer = browser.get(ACT, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json) == (403, {"refused": "proof_first"})


def test_a_proof_without_the_token_of_the_page_is_refused(browser: Browser) -> None:
    assert browser.open(ACT, method="POST", data=proof()).status_code == 400
    assert browser.get(ACT).status_code == 403


def test_a_stranger_is_led_to_the_sign_in_page(app: Flask, person: Person) -> None:
    stranger = Browser(app)
    answer = stranger.open(ACT, method="POST", data={**proof(), "csrf_token": token_at_the_door(stranger)})
    assert answer.headers["Location"] == "/connexion"


def token_at_the_door(browser: Browser) -> str:
    return _token(browser, "/connexion")


def test_a_session_ended_elsewhere_cannot_be_renewed(app: Flask, browser: Browser) -> None:
    from elus.identity import actions
    from elus.kernel.errors import Refused

    session_id = rows(select(Session.id)).one()
    with transaction():
        actions.end_session(session_id, at=clock.now())
    with pytest.raises(Refused, match="ended"), transaction():
        actions.renew_session(session_id, factor="totp", at=clock.now())


class TestStaffWhereDeviceUnlockIsCompulsory:
    """A real installation: its secretariat enters by device unlock, or adds the first one."""

    @pytest.fixture
    def secretary(self, app: Flask) -> Person:
        somebody = make.secretary(make.organization())
        make.complete_account(somebody)
        return somebody

    def by_password(self, app: Flask, somebody: Person) -> Browser:
        browser = Browser(app)
        browser.submit("/connexion", {"address": somebody.email, "password": make.PASSWORD})
        assert browser.submit("/connexion/code", {"code": make.current_code()}).status_code == 302
        return browser

    def test_without_any_they_are_led_to_add_one_and_then_on(self, app: Flask, secretary: Person) -> None:
        browser = self.by_password(app, secretary)
        led = browser.get("/secretariat/personnes")
        assert led.headers["Location"].startswith("/connexion/appareil/obligatoire?suite=")
        page = browser.follow(led)
        assert "Ajouter cet appareil" in page.text
        device = Device()
        made = device.create(page_options(browser, led.headers["Location"]))
        fields = {"credential": made, "suite": "/secretariat/personnes", "csrf_token": token(browser)}
        answer = browser.open("/compte/securite/appareils/ajouter", method="POST", data=fields)
        assert answer.headers["Location"] == "/secretariat/personnes"
        assert browser.get("/secretariat/personnes").status_code == 200

    def test_with_one_only_its_gesture_opens_and_none_can_be_added_before(
        self, app: Flask, secretary: Person, sign_in: Any
    ) -> None:
        device = Device()
        add(sign_in(secretary), device)
        browser = self.by_password(app, secretary)
        for url in ("/secretariat/personnes", "/compte", "/"):
            assert "/connexion/appareil/obligatoire" in browser.get(url).headers["Location"]
        page = browser.get("/connexion/appareil/obligatoire").text
        assert "Entrer avec le visage" in page
        asked = browser.open(
            "/compte/securite/appareils/demande", method="POST", headers={"X-CSRFToken": token(browser)}
        )
        assert asked.status_code == 303
        sent = device.get(page_options(browser, "/connexion/appareil/obligatoire"))
        fields = {"_proof_passkey": sent, "csrf_token": token(browser)}
        answer = browser.open(
            "/connexion/appareil/obligatoire?suite=/secretariat/personnes", method="POST", data=fields
        )
        assert answer.headers["Location"] == "/secretariat/personnes"
        assert browser.get("/secretariat/personnes").status_code == 200
        assert rows(select(Passkey)).one().sign_count == 1

    def test_a_password_is_no_fresh_proof_for_who_has_a_device(
        self, app: Flask, secretary: Person, sign_in: Any
    ) -> None:
        browser = sign_in(secretary)
        add(browser, Device())
        stale()
        fields = {**proof(), "csrf_token": token(browser)}
        answer = browser.open("/connexion/confirmer", method="POST", data=fields)
        assert answer.status_code == 422
        assert 'type="password"' not in answer.text

    def test_public_pages_and_the_way_out_stay_open(self, app: Flask, secretary: Person) -> None:
        browser = self.by_password(app, secretary)
        assert browser.get("/aide").status_code == 200
        fields = {"csrf_token": token(browser)}
        assert browser.open("/deconnexion", method="POST", data=fields).headers["Location"] == "/connexion"

    def test_members_are_not_concerned(self, app: Flask) -> None:
        somebody = make.member()
        make.complete_account(somebody)
        assert self.by_password(app, somebody).get("/compte").status_code == 200
