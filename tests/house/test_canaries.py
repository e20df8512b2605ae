"""Whole journeys with secrets planted on the way: none is found again in the journal or in the logs."""

import logging
import re

import pytest
from flask import Flask
from sqlalchemy import delete, select

from elus.calendars.models import Feed
from elus.calendars.queries import token_of
from elus.identity import totp
from elus.identity.models import Failures, User
from elus.identity.sealed import totp_secret
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.actions import invite
from elus.organizations.models import Person
from tests import factories as make
from tests.canaries import is_plain, watch
from tests.conftest import AT, Browser

PLANTED = "canari-brun-des-marais"


def acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.action)))


def token_in(browser: Browser) -> None:
    """The tokens this browser keeps must not be seen again either."""
    with browser.client.session_transaction() as cookie:
        watch.secrets |= {value for value in cookie.values() if isinstance(value, str) and len(value) > 20}


def enrol(browser: Browser, person: Person) -> list[str]:
    """From the letter to the open account; gives the printed codes."""
    person_id = person.id
    with transaction():
        db.session.get_one(User, make.account(person).id).activated_at = None
        invite(db.session.get_one(Person, person_id), by=None, at=clock.now())
    letter = db.session.scalars(select(Letter).order_by(Letter.created_at.desc())).first()
    assert letter
    link = re.search(r"http://localhost(/bienvenue/(\S+))", letter.text)
    assert link
    watch.secrets.add(link[2])
    browser.submit(link[1])
    token_in(browser)
    browser.submit("/bienvenue/mot-de-passe", {"password": make.PASSWORD})
    browser.get("/bienvenue/code")
    db.session.rollback()
    user = db.session.scalars(select(User).where(User.person_id == person_id)).one()
    secret = totp_secret(user)
    assert secret
    watch.secrets.add(secret)
    browser.submit("/bienvenue/code", {"code": totp.code_at(secret, clock.now())})
    page = browser.submit("/bienvenue/codes-de-secours", page="/bienvenue/filet").text
    codes = re.findall(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>", page)
    watch.secrets |= {one for code in codes for one in (code, re.sub(r"\W", "", code))}
    browser.submit("/bienvenue/pret", page="/bienvenue/codes-de-secours")
    return codes


def test_enrolling_signing_in_and_failing_leave_no_secret_behind(app: Flask, browser: Browser) -> None:
    person = make.member()
    codes = enrol(browser, person)
    assert len(codes) == 8
    token_in(browser)
    browser.submit("/compte/agenda/adresse", page="/compte/agenda")
    db.session.rollback()
    watch.secrets.add(token_of(db.session.scalars(select(Feed)).one()))
    browser.submit("/deconnexion", page="/compte")
    for address, password in ((f"{PLANTED}@exemple.invalid", PLANTED), (person.email, f"{PLANTED} aussi")):
        for _ in range(6):
            browser.submit("/connexion", {"address": address, "password": password})
    other = Browser(app)
    with transaction():
        db.session.execute(delete(Failures))
    other.submit("/connexion", {"address": person.email, "password": make.PASSWORD})
    other.submit("/connexion/secours", {"code": codes[0]})
    token_in(other)
    assert other.get("/compte").status_code == 200
    assert {"account_activated", "session_started", "session_ended", "feed_renewed", "sign_in_refused"} <= set(acts())
    assert "recovery_code_used" in acts()


@pytest.mark.parametrize(
    "leak", ["a B", "482913", "fM3kQ9x_2Lw8ZtRr", "camille@exemple.invalid", "ABCDEFGHJKLM", "f" * 64]
)
def test_a_leak_into_the_journal_would_be_seen(leak: str) -> None:
    assert not is_plain({"detail": leak})
    assert not is_plain([{"x": [leak]}])


def test_a_leak_into_the_logs_or_the_journal_fails_the_test(app: Flask, browser: Browser) -> None:
    browser.submit("/connexion", {"address": f"{PLANTED}@exemple.invalid", "password": PLANTED})
    logging.getLogger("elus").warning("tried %s", PLANTED)
    with pytest.raises(AssertionError, match="was typed, and repeated"):
        watch.end()
    watch.begin()
    with transaction():
        journal.write("scrubbed", "storage", at=AT, read="trois fichiers")
    with pytest.raises(AssertionError, match="identifiers and codes only"):
        watch.end()
    watch.begin()
