"""Another password: the link is mailed by the worker, and never suffices."""

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity import actions
from elus.identity.models import PasswordReset, ResetRequest, Session, User
from elus.identity.origin import Origin
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[..., Browser]
ASK = "/connexion/mot-de-passe-oublie"
NEW = "cinq chevaux dans la brume"


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


def _ask(browser: Browser, address: str | None) -> None:
    assert browser.submit(ASK, {"address": address}).status_code == 303
    tasks.run_now("resets", clock.now())


def _letters() -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).order_by(Letter.created_at)))


def _link(letter: Letter) -> str:
    found = re.search(r"http://localhost(/connexion/nouveau-mot-de-passe/\S+)", letter.text)
    assert found, letter.text
    return found[1]


def _asked(app: Flask, person: Person) -> str:
    _ask(Browser(app), person.email)
    return _link(_letters()[-1])


def _user(person: Person) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.person_id == person.id)).one()


def _enters(app: Flask, person: Person, password: str) -> bool:
    answer = Browser(app).submit("/connexion", {"address": person.email, "password": password})
    return answer.status_code == 302 and answer.headers["Location"].startswith("/connexion/code")


def _acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.at)))


@pytest.mark.asvs("V6.3.6", "V6.4.3")
def test_the_link_alone_neither_enters_nor_changes_anything(app: Flask, member: Person) -> None:
    browser, link = Browser(app), _asked(app, member)
    for code in ("", "000000", "AAAA-BBBB-CCCC", "abc"):
        answer = browser.submit(link, {"password": NEW, "code": code})
        assert answer.status_code == 422
    assert browser.get("/compte").status_code == 302
    assert _enters(app, member, make.PASSWORD)
    assert not _enters(app, member, NEW)


@pytest.mark.asvs("V6.4.3")
def test_with_the_code_the_password_changes_and_signing_in_still_asks_for_a_code(app: Flask, member: Person) -> None:
    browser, link = Browser(app), _asked(app, member)
    code = make.current_code()
    assert "enregistré" in browser.submit(link, {"password": NEW, "code": code}).text
    assert browser.get("/compte").status_code == 302
    assert _enters(app, member, NEW)
    assert not _enters(app, member, make.PASSWORD)
    browser.submit("/connexion", {"address": member.email, "password": NEW})
    assert browser.get("/compte").status_code == 302
    assert browser.submit("/connexion/code", {"code": code}).status_code == 422
    assert "password_reset" in _acts()


def test_a_recovery_code_does_as_well_once(app: Flask) -> None:
    somebody = make.member()
    code = make.complete_account(somebody)[0]
    link = _asked(app, somebody)
    assert Browser(app).submit(link, {"password": NEW, "code": code.lower()}).status_code == 200
    again = _asked(app, somebody)
    assert Browser(app).submit(again, {"password": "un autre matin de neige", "code": code}).status_code == 422


def test_the_person_is_told_and_signed_out_elsewhere(app: Flask, member: Person, sign_in: SignIn) -> None:
    elsewhere, link = sign_in(member), None
    assert elsewhere.get("/compte").status_code == 200
    link = _asked(app, member)
    Browser(app).submit(link, {"password": NEW, "code": make.current_code()})
    assert elsewhere.get("/compte").status_code == 302
    db.session.rollback()
    assert set(db.session.scalars(select(Session.ended_because))) == {"factor_changed"}
    assert _letters()[-1].subject == "Un nouveau mot de passe vient d’être choisi pour votre compte"


def test_looking_at_the_link_spends_nothing(app: Flask, member: Person) -> None:
    link = _asked(app, member)
    for _ in range(3):
        assert Browser(app).get(link).status_code == 200
        assert Browser(app).open(link, method="HEAD").status_code == 200
    assert Browser(app).submit(link, {"password": NEW, "code": make.current_code()}).status_code == 200
    assert Browser(app).get(link).status_code == 410


@pytest.mark.asvs("V6.5.5")
def test_the_link_lives_half_an_hour(app: Flask, member: Person) -> None:
    link = _asked(app, member)
    db.session.rollback()
    found = db.session.scalars(select(PasswordReset)).one()
    assert found.expires_at - found.created_at == timedelta(minutes=30)
    with transaction():
        db.session.execute(update(PasswordReset).values(expires_at=clock.now() - timedelta(seconds=1)))
    page = Browser(app).get(link)
    assert page.status_code == 410
    assert "Ce lien ne sert plus" in page.text


@pytest.mark.asvs("V6.4.3")
def test_the_link_dies_at_a_sign_in(app: Flask, member: Person) -> None:
    link = _asked(app, member)
    browser = Browser(app)
    browser.submit("/connexion", {"address": member.email, "password": make.PASSWORD})
    browser.submit("/connexion/code", {"code": make.current_code()})
    assert browser.get("/compte").status_code == 200
    assert Browser(app).get(link).status_code == 410


@pytest.mark.asvs("V6.4.3")
def test_the_link_dies_when_the_password_changes_and_so_do_its_sisters(app: Flask, member: Person) -> None:
    first, second = _asked(app, member), _asked(app, member)
    user_id = _user(member).id
    assert Browser(app).get(first).status_code == 200
    assert Browser(app).submit(second, {"password": NEW, "code": make.current_code()}).status_code == 200
    assert Browser(app).get(first).status_code == 410
    third = _asked(app, member)
    with transaction():
        actions.set_password(db.session.get_one(User, user_id), "autre")
    assert Browser(app).get(third).status_code == 410


def test_asking_again_and_again_posts_three_letters_an_hour(app: Flask, member: Person) -> None:
    browser = Browser(app)
    for _ in range(7):
        _ask(browser, member.email)
    assert len(_letters()) == 3
    db.session.rollback()
    assert db.session.scalars(select(ResetRequest)).all() == []
    with transaction():
        db.session.execute(update(PasswordReset).values(created_at=clock.now() - timedelta(hours=2)))
    _ask(browser, member.email)
    assert len(_letters()) == 4


@pytest.mark.asvs("V6.3.8")
def test_known_or_not_the_same_answer_after_the_same_work(
    app: Flask, member: Person, queries: Callable[[], Any]
) -> None:
    told, counts = [], []
    for address in (member.email, "inconnu@exemple.invalid"):
        browser = Browser(app)
        token = browser.token(ASK)
        with queries() as counted:
            browser.open(ASK, method="POST", data={"address": address, "csrf_token": token})
        counts.append(counted.statements)
        told.append(re.sub(r'value="[^"]*"', "", browser.get(ASK).text))
    assert told[0] == told[1]
    assert counts[0] == counts[1]
    assert "user_account" not in " ".join(counts[0])
    assert "C’est noté" in told[0]


@pytest.mark.asvs("V6.3.8")
def test_known_or_not_it_takes_the_same_time(app: Flask, member: Person) -> None:
    spent: dict[str, list[float]] = {"known": [], "unknown": []}
    browser = Browser(app)
    token = browser.token(ASK)
    for _ in range(25):
        for name, address in (("known", member.email), ("unknown", "inconnu@exemple.invalid")):
            began = time.thread_time()  # of this thread: what others do on the machine does not count
            browser.open(ASK, method="POST", data={"address": address, "csrf_token": token})
            spent[name].append(time.thread_time() - began)
    known, unknown = (sorted(times)[len(times) // 2] for times in spent.values())
    assert abs(known - unknown) < 0.25 * max(known, unknown) + 0.002


def test_the_request_keeps_no_address_in_clear(app: Flask) -> None:
    Browser(app).submit(ASK, {"address": "secret@exemple.invalid"})
    db.session.rollback()
    assert b"secret" not in db.session.scalars(select(ResetRequest.address)).one()


def test_an_unknown_or_suspended_or_unready_account_gets_no_letter(app: Flask, member: Person) -> None:
    unready = make.person()
    make.account(unready, active=False)
    with transaction():
        db.session.execute(update(User).where(User.person_id == member.id).values(suspended_at=clock.now()))
    for address in (member.email, unready.email, "inconnu@exemple.invalid"):
        _ask(Browser(app), address)
    assert _letters() == []


def test_an_account_without_password_is_told_so_without_link(app: Flask) -> None:
    somebody = make.member()
    _ask(Browser(app), somebody.email)
    letter = _letters()[-1]
    assert letter.subject == "Votre compte n’a pas de mot de passe"
    assert "http" not in letter.text


def test_a_weak_password_is_refused_before_the_code_is_spent(app: Flask, member: Person) -> None:
    link, code = _asked(app, member), make.current_code()
    assert Browser(app).submit(link, {"password": "azertyuiop12", "code": code}).status_code == 422
    assert Browser(app).submit(link, {"password": NEW, "code": code}).status_code == 200


def test_codes_tried_with_a_link_are_counted_with_the_others(app: Flask, member: Person) -> None:
    browser, link = Browser(app), _asked(app, member)
    for _ in range(5):
        assert browser.submit(link, {"password": NEW, "code": "000000"}).status_code == 422
    answer = browser.submit(link, {"password": NEW, "code": make.current_code()})
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.text


def test_two_uses_of_a_link_at_once_change_the_password_once(app: Flask) -> None:
    somebody = make.member()
    codes = make.complete_account(somebody)
    _asked(app, somebody)
    db.session.rollback()
    reset_id, results = db.session.scalars(select(PasswordReset.id)).one(), []
    db.session.rollback()

    def attempt(code: str) -> None:
        with app.app_context():
            with transaction():
                results.append(
                    actions.reset_password(reset_id, f"hash of {code}", code, origin=Origin("tests"), at=clock.now())
                )
            db.session.remove()

    threads = [threading.Thread(target=attempt, args=(code,)) for code in codes[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [None, "ended", "ended", "ended"]


def test_a_link_that_names_nothing_says_so(app: Flask) -> None:
    assert Browser(app).get("/connexion/nouveau-mot-de-passe/x").status_code == 404


def test_the_page_for_those_who_cannot_enter_leads_on(app: Flask) -> None:
    page = Browser(app).get("/connexion/aide").text
    for path in (ASK, "/connexion/tablette-perdue", "/connexion/depannage"):
        assert path in page
    assert "code de dépannage valable 30" in Browser(app).get("/connexion/tablette-perdue").text
