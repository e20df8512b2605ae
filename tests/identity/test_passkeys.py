"""Device unlock: whose it is, what it proves, what is refused and told."""

import html
import json
import re
import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from elus.identity import challenges
from elus.identity.challenges import Act
from elus.identity.models import Passkey, Session, SpentChallenge, User, hash_token
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser
from tests.identity.device import PRESENT, Device, raw, text

ADD = "/compte/securite/appareils/ajouter"
REFUSED = "Cet appareil n’a pas pu ouvrir votre compte"


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


def options(browser: Browser, url: str, page: str = "/compte/affichage") -> dict[str, Any]:
    """Another challenge, as the page's script asks for it."""
    answer = browser.open(url, method="POST", headers={"X-CSRFToken": token(browser)})
    assert answer.status_code == 200, answer.text
    return dict(json.loads(answer.text))


def token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/affichage").text)
    assert found
    return found[1]


def post(browser: Browser, url: str, **fields: Any) -> Any:
    return browser.open(url, method="POST", data={**fields, "csrf_token": token(browser)})


def add(browser: Browser, device: Device, **fields: Any) -> Any:
    asked = options(browser, "/compte/securite/appareils/demande")
    return post(browser, ADD, credential=device.create(asked), **fields)


def enter(browser: Browser, device: Device, **fields: Any) -> Any:
    """As the sign-in page does: its own options, then its form."""
    return post(browser, "/connexion/appareil", credential=device.get(page_options(browser)), **fields)


def page_options(browser: Browser, url: str = "/connexion") -> dict[str, Any]:
    found = re.search(r"data-options='([^']+)'", browser.get(url).text)
    assert found
    return dict(json.loads(html.unescape(found[1])))


def entered(browser: Browser) -> bool:
    return bool(browser.get("/compte").status_code == 200)


def rows(selection: Any) -> Any:
    db.session.rollback()
    return db.session.scalars(selection)


def journaled(action: str) -> list[JournalEntry]:
    return list(rows(select(JournalEntry).where(JournalEntry.action == action)))


@pytest.fixture
def device(member: Person, sign_in: Any) -> Device:
    """An iPad that opens the member's account."""
    found = Device()
    assert add(sign_in(member), found).status_code == 303
    return found


@pytest.mark.asvs("V6.3.3")
def test_a_device_that_was_added_opens_the_portal_by_one_gesture(app: Flask, member: Person, device: Device) -> None:
    browser = Browser(app)
    answer = enter(browser, device)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert entered(browser)
    session = rows(select(Session).order_by(Session.opened_at.desc())).first()
    assert (session.factor, session.long_lived) == ("passkey", False)
    kept = rows(select(Passkey)).one()
    assert kept.sign_count == 1
    assert kept.used_at is not None


@pytest.mark.asvs("V6.5.7")
def test_what_a_device_is_asked_names_no_person_and_requires_its_unlock(sign_in: Any, member: Person) -> None:
    browser = sign_in(member)
    asked = options(browser, "/compte/securite/appareils/demande")
    user = rows(select(User)).one()
    assert raw(asked["user"]["id"]) == user.id.bytes
    assert asked["rp"] == {"name": "Portail Élus", "id": "localhost"}
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["attestation"] == "none"
    assert asked["excludeCredentials"] == []


def test_a_device_is_not_asked_to_make_a_second_key(sign_in: Any, member: Person, device: Device) -> None:
    asked = options(sign_in(member), "/compte/securite/appareils/demande")
    assert [raw(one["id"]) for one in asked["excludeCredentials"]] == [device.identifier]
    assert asked["excludeCredentials"][0]["transports"] == ["internal"]


def test_several_devices_open_one_account(app: Flask, member: Person, device: Device, sign_in: Any) -> None:
    other = Device()
    add(sign_in(member), other, name="  iPad   du salon ")
    for one in (device, other):
        browser = Browser(app)
        enter(browser, one)
        assert entered(browser)
    assert {one.name for one in rows(select(Passkey))} == {"appareil inconnu", "iPad du salon"}


@pytest.mark.asvs("V7.2.4", "V7.4.3")
def test_adding_a_device_ends_the_other_sessions_renews_this_one_and_is_told(sign_in: Any, member: Person) -> None:
    here, elsewhere = sign_in(member), sign_in(member)
    with here.client.session_transaction() as cookie:
        before = cookie["_user_id"]
    add(here, Device())
    assert entered(here)
    assert not entered(elsewhere)
    ended = {one.ended_because for one in rows(select(Session).where(Session.ended_at.is_not(None)))}
    assert ended == {"factor_changed"}
    assert not rows(select(Session).where(Session.token_hash == hash_token(before))).all()
    letter = rows(select(Letter)).one()
    assert "ajouté" in letter.subject
    assert len(journaled("passkey_added")) == 1


def test_a_device_is_added_only_by_somebody_freshly_proven(sign_in: Any, member: Person) -> None:
    browser = sign_in(member)
    asked = options(browser, "/compte/securite/appareils/demande")
    _stale()
    answer = post(browser, ADD, credential=Device().create(asked))
    assert answer.status_code == 403
    assert "C’est bien vous" in answer.text
    assert not rows(select(Passkey)).all()


def _stale() -> None:
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - timedelta(minutes=11)))


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://localhost"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://portail.exemple"},
        {"host": "portail.exemple"},
        {"flags": PRESENT},
        {"extra": {"crossOrigin": True}},
        {"extra": {"type": "webauthn.create"}},
    ],
    ids=str,
)
@pytest.mark.asvs("V6.5.7")
def test_a_gesture_made_elsewhere_or_without_unlock_opens_nothing(
    app: Flask, member: Person, device: Device, lie: dict[str, Any]
) -> None:
    browser = Browser(app)
    answer = enter(browser, replace(device, **lie))
    assert REFUSED in browser.follow(answer).text
    assert not entered(browser)


@pytest.mark.parametrize("lie", [{"origin": "http://autre"}, {"host": "autre"}, {"flags": PRESENT}], ids=str)
def test_a_key_made_elsewhere_or_without_unlock_is_not_kept(sign_in: Any, member: Person, lie: dict[str, Any]) -> None:
    browser = sign_in(member)
    add(browser, Device(**lie))
    assert not rows(select(Passkey)).all()
    assert not rows(select(Letter)).all()


def test_a_key_belongs_to_one_account(sign_in: Any, member: Person, device: Device) -> None:
    other = make.member()
    add(sign_in(other), replace(device))
    assert rows(select(Passkey)).one().user_id == rows(select(User).where(User.person_id == member.id)).one().id


def test_the_device_must_name_the_owner_of_its_key(app: Flask, member: Person, device: Device) -> None:
    for handle in (uuid.uuid4().bytes, b"", b"\x00"):
        browser = Browser(app)
        asked = page_options(browser)
        sent = json.loads(device.get(asked, handle=handle or b"x"))
        if not handle:
            del sent["response"]["userHandle"]
        post(browser, "/connexion/appareil", credential=json.dumps(sent))
        assert not entered(browser)


@pytest.mark.asvs("V6.7.1")
def test_a_row_changed_in_the_database_opens_nothing(app: Flask, member: Person, device: Device) -> None:
    thief = make.member()
    make.complete_account(thief)
    stranger = rows(select(User).where(User.person_id == thief.id)).one().id
    with transaction():
        db.session.execute(update(Passkey).values(user_id=stranger))
    browser = Browser(app)
    asked = page_options(browser)
    post(browser, "/connexion/appareil", credential=device.get(asked, handle=stranger.bytes))
    assert not entered(browser)


@pytest.mark.parametrize("state", ["suspended", "not activated"])
def test_a_closed_account_gets_the_same_words_as_an_unknown_device(
    app: Flask, member: Person, device: Device, state: str
) -> None:
    closed = {"suspended_at": clock.now()} if state == "suspended" else {"activated_at": None}
    with transaction():
        db.session.execute(update(User).values(**closed))
    browser = Browser(app)
    told = browser.follow(enter(browser, device)).text
    stranger = Browser(app)
    unknown = Device(handle=uuid.uuid4().bytes)
    assert REFUSED in told
    assert _plain(told) == _plain(stranger.follow(enter(stranger, unknown)).text)
    assert not entered(browser)


def _plain(page: str) -> str:
    return re.sub(r"name=\"csrf_token\"[^>]*>|data-options='[^']*'", "", page)


def test_a_counter_that_goes_back_is_refused_told_once_and_never_forgotten(
    app: Flask, member: Person, device: Device
) -> None:
    copy = replace(device)
    assert entered_with(app, device)
    for _ in range(2):
        copy.count = 0
        assert not entered_with(app, copy)
    alarms = journaled("passkey_cloned")
    assert len(alarms) == 2
    assert {"known": 1, "seen": 1}.items() <= alarms[0].detail.items()
    told = [letter for letter in rows(select(Letter)) if "prudence" in letter.subject]
    assert len(told) == 1
    assert rows(select(Passkey)).one().sign_count == 1


def entered_with(app: Flask, device: Device) -> bool:
    browser = Browser(app)
    enter(browser, device)
    return entered(browser)


def test_devices_that_do_not_count_enter_again_and_again(app: Flask, member: Person, sign_in: Any) -> None:
    device = Device(counts=False)
    add(sign_in(member), device)
    assert all(entered_with(app, device) for _ in range(3))


def test_a_device_that_counted_may_not_stop_counting(app: Flask, member: Person, device: Device) -> None:
    assert entered_with(app, device)
    assert not entered_with(app, replace(device, count=0, counts=False))


@pytest.mark.asvs("V6.7.2")
def test_an_answer_serves_once(app: Flask, member: Person, sign_in: Any) -> None:
    device = Device(counts=False)
    add(sign_in(member), device)
    browser = Browser(app)
    sent, csrf = device.get(page_options(browser)), token(browser)
    with browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    first = browser.open("/connexion/appareil", method="POST", data={"credential": sent, "csrf_token": csrf})
    assert first.headers["Location"] == "/"
    again = Browser(app)
    with again.client.session_transaction() as cookie:
        cookie.update(kept)
    again.open("/connexion/appareil", method="POST", data={"credential": sent, "csrf_token": csrf})
    assert not entered(again)
    assert rows(select(func.count()).select_from(SpentChallenge)).one() == 2


@pytest.mark.asvs("V6.7.2")
def test_of_two_uses_at_once_one_enters(app: Flask, member: Person, sign_in: Any) -> None:
    device = Device(counts=False)
    add(sign_in(member), device)
    browser = Browser(app)
    sent, csrf = device.get(page_options(browser)), token(browser)
    with browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    together = [Browser(app) for _ in range(6)]
    for one in together:
        with one.client.session_transaction() as cookie:
            cookie.update(kept)
    start, where = threading.Barrier(len(together)), []

    def send(one: Browser) -> None:
        start.wait()
        answer = one.open("/connexion/appareil", method="POST", data={"credential": sent, "csrf_token": csrf})
        where.append(answer.headers["Location"])

    threads = [threading.Thread(target=send, args=(one,)) for one in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(where) == ["/"] + ["/connexion"] * 5


@pytest.mark.asvs("V6.7.2")
def test_a_challenge_is_long_and_serves_for_one_browser_one_act_and_five_minutes(app: Flask) -> None:
    at, whose = clock.now(), uuid.uuid4()
    made = challenges.new(Act.ADD, "a", at=at, about=whose)
    assert len(made) >= 32
    assert challenges.new(Act.ADD, "a", at=at, about=whose) != made
    assert challenges.end_of(made, Act.ADD, "a", at=at + timedelta(minutes=4), about=whose)
    assert not challenges.end_of(made, Act.ADD, "a", at=at + timedelta(minutes=5, seconds=1), about=whose)
    assert not challenges.end_of(made, Act.ADD, "b", at=at, about=whose)
    assert not challenges.end_of(made, Act.ADD, "", at=at, about=whose)
    assert not challenges.end_of(made, Act.PROVE, "a", at=at, about=whose)
    assert not challenges.end_of(made, Act.ADD, "a", at=at, about=uuid.uuid4())
    assert not challenges.end_of(made, Act.ADD, "a", at=at)
    for place in (0, 9, 40):
        changed = made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :]
        assert not challenges.end_of(changed, Act.ADD, "a", at=at, about=whose)


def test_a_challenge_of_another_browser_opens_nothing(app: Flask, member: Person, device: Device) -> None:
    phished = page_options(Browser(app))
    browser = Browser(app)
    browser.get("/connexion")
    answer = post(browser, "/connexion/appareil", credential=device.get(phished))
    assert "Le temps est écoulé" in browser.follow(answer).text
    assert not entered(browser)


@pytest.mark.parametrize(
    "sent",
    ["", "x", "{}", "[]", "null", '{"response": 1}', '{"rawId": "é", "response": {}}', "[" * 9000, "x" * 20_000],
)
def test_whatever_is_sent_is_refused_in_the_same_words(app: Flask, sent: str) -> None:
    browser = Browser(app)
    assert REFUSED in browser.follow(post(browser, "/connexion/appareil", credential=sent)).text


def test_parts_missing_or_bent_are_refused(app: Flask, member: Person, device: Device) -> None:
    browser = Browser(app)
    whole = json.loads(device.get(page_options(browser)))
    for name in [*whole["response"], "id", "rawId", "type"]:
        for value in (None, "", "AA", 7, text(b"{}"), ["a"]):
            bent = json.loads(json.dumps(whole))
            (bent["response"] if name in bent["response"] else bent)[name] = value
            post(browser, "/connexion/appareil", credential=json.dumps(bent))
            assert not entered(browser), (name, value)


def test_staying_connected_is_for_members_never_for_the_secretariat(app: Flask, sign_in: Any) -> None:
    organization = make.organization()
    for somebody, expected in ((make.member(organization), True), (make.secretary(organization), False)):
        device = Device()
        add(sign_in(somebody), device)
        browser = Browser(app)
        enter(browser, device, stay="y")
        with browser.client.session_transaction() as cookie:
            opened = rows(select(Session).where(Session.token_hash == hash_token(cookie["_user_id"]))).one()
        assert opened.long_lived is expected


def test_the_sign_in_page_offers_the_gesture_first_where_it_served_before(
    app: Flask, member: Person, device: Device
) -> None:
    browser = Browser(app)
    page = browser.get("/connexion").text
    assert 'autocomplete="username webauthn"' in page
    assert page.index('type="email"') < page.index("Se connecter avec le visage")
    enter(browser, device)
    browser.open("/deconnexion", method="POST", data={"csrf_token": token(browser)})
    page = browser.get("/connexion").text
    assert page.index("Se connecter avec le visage") < page.index('type="email"')


def test_renaming_a_device_is_noted(sign_in: Any, member: Person, device: Device) -> None:
    from elus.identity import actions
    from elus.kernel.errors import Refused

    passkey = rows(select(Passkey)).one()
    passkey_id, user_id = passkey.id, passkey.user_id
    with transaction():
        actions.rename_passkey(user_id, passkey_id, " iPad\nde la mairie ", at=clock.now())
    assert rows(select(Passkey.name)).one() == "iPad de la mairie"
    assert len(journaled("passkey_renamed")) == 1
    for wrong, code in (((uuid.uuid4(), passkey_id, "x"), "gone"), ((user_id, passkey_id, " "), "no_name")):
        with pytest.raises(Refused) as refused, transaction():
            actions.rename_passkey(*wrong, at=clock.now())
        assert refused.value.code == code


@pytest.mark.asvs("V6.5.6")
def test_a_device_taken_away_opens_nothing_more(app: Flask, sign_in: Any, member: Person, device: Device) -> None:
    passkey_id = rows(select(Passkey.id)).one()
    here = sign_in(member)
    url = f"/compte/securite/moyens/{passkey_id}/retirer"
    inside = Browser(app)
    enter(inside, device)
    assert here.submit(url, hidden(here.get(url).text)).status_code == 303
    assert not entered(inside)
    stranger = Browser(app)
    assert REFUSED in stranger.follow(enter(stranger, device)).text
    assert not entered(stranger)


def hidden(page: str) -> dict[str, str]:
    """What a form carries by itself."""
    return dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="(?!csrf)([^"]+)"[^>]*value="([^"]*)"', page)) | dict(
        re.findall(r'<input[^>]*name="(revision)"[^>]*value="([^"]*)"', page)
    )


def test_challenges_that_served_are_forgotten_once_they_would_be_over(
    app: Flask, member: Person, device: Device
) -> None:
    from elus.identity import actions

    assert entered_with(app, device)
    with transaction():
        actions.clean_up(clock.now())
    assert rows(select(func.count()).select_from(SpentChallenge)).one() == 2
    with transaction():
        actions.clean_up(clock.now() + timedelta(minutes=6))
    assert rows(select(func.count()).select_from(SpentChallenge)).one() == 0
