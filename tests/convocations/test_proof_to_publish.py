"""Publishing after ten minutes: the proof is asked at the act, and nothing that was chosen is lost."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from elus.convocations.models import Version
from elus.identity.models import Session, User
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.models import Meeting
from tests import factories as make
from tests.conftest import Browser
from tests.convocations.cast import Council


def _later(browser: Browser) -> None:
    """Eleven minutes pass over every session."""
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - timedelta(minutes=11)))


def _versions() -> Any:
    db.session.rollback()
    return db.session.scalar(select(func.count(Version.id)))


@pytest.mark.asvs("V7.5.3")
def test_the_recap_is_read_freely_and_the_act_asks_for_the_proof_then_goes_on(
    app: Flask, sign_in: Callable[..., Browser]
) -> None:
    council = Council(days=3)
    make.complete_account(council.secretary)
    browser, url = sign_in(council.secretary), f"/secretariat/reunions/{council.meeting_id}/publier"
    order = council.order()
    _later(browser)
    assert browser.get(url).status_code == 200
    chosen = {"revision": order.revision, "author": order.author_id, "reason": "Dossier reçu hier soir."}
    asked = browser.submit(url, chosen)
    assert asked.status_code == 403
    assert "C’est bien vous" in asked.text
    assert "Dossier reçu hier soir." in asked.text
    assert _versions() == 0
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    wrong = {**carried, "_proof_password": "un mot de passe faux", "_proof_code": make.current_code()}
    assert browser.open(url, method="POST", data=wrong).status_code == 422
    assert _versions() == 0
    right = {**carried, "_proof_password": make.PASSWORD, "_proof_code": make.current_code()}
    done = browser.open(url, method="POST", data=right)
    assert done.status_code == 303, done.text
    assert "Rien n’est encore parti" in browser.follow(done).text
    assert _versions() == 1
    db.session.rollback()
    assert db.session.get_one(Meeting, council.meeting_id).published_at is not None


def test_taking_it_back_within_the_minute_never_waits(app: Flask, sign_in: Callable[..., Browser]) -> None:
    council = Council()
    browser, url = sign_in(council.secretary), f"/secretariat/reunions/{council.meeting_id}"
    order = council.order()
    published = browser.submit(f"{url}/publier", {"revision": order.revision, "author": order.author_id})
    assert published.status_code == 303
    _later(browser)
    taken = browser.submit(f"{url}/annuler-envoi", page=f"{url}/publier")
    assert taken.headers["Location"].endswith("/preparer")


@pytest.mark.asvs("V7.5.3")
def test_the_table_of_who_received_what_asks_then_comes(app: Flask, sign_in: Callable[..., Browser]) -> None:
    council = Council()
    council.sent()
    make.complete_account(council.secretary)
    browser, url = sign_in(council.secretary), f"/secretariat/reunions/{council.meeting_id}/suivi.csv"
    _later(browser)
    asked = browser.get(url)
    assert asked.status_code == 403
    action = re.search(r'<form method="post" action="([^"]+)"', asked.text)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', asked.text)
    assert action
    assert token
    data = {"csrf_token": token[1], "_proof_password": make.PASSWORD, "_proof_code": make.current_code()}
    led = browser.open(action[1].replace("&amp;", "&"), method="POST", data=data)
    assert led.headers["Location"] == url
    assert browser.get(url).mimetype == "text/csv"


def test_a_secretary_who_has_just_signed_in_is_asked_nothing(app: Flask, browser: Browser) -> None:
    council = Council()
    make.complete_account(council.secretary)
    address = db.session.scalars(select(User.email).where(User.person_id == council.secretary.id)).one()
    before = app.extensions["elus.settings"]
    app.extensions["elus.settings"] = replace(before, staff_passkey="recommended")  # as in a demonstration
    try:
        browser.submit("/connexion", {"address": address, "password": make.PASSWORD})
        browser.submit("/connexion/code", {"code": make.current_code()})
        order = council.order()
        url = f"/secretariat/reunions/{council.meeting_id}/publier"
        data = {"revision": order.revision, "author": order.author_id}
        assert browser.submit(url, data).status_code == 303
    finally:
        app.extensions["elus.settings"] = before
