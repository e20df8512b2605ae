"""Linking an account of the identity provider to one's own: proven on both sides, shown, pressed."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity.models import ExternalIdentity, Session, User
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser
from tests.identity.conftest import link
from tests.identity.oidc import IdentityProvider, enter, leave

START, PRESS, REMOVE = (f"/compte/securite/fournisseur{end}" for end in ("", "/relier", "/retirer"))
SignIn = Callable[..., Browser]


@pytest.fixture
def person(provider: IdentityProvider) -> Person:
    """Somebody with an account, not linked."""
    return make.member()


def _links() -> list[ExternalIdentity]:
    db.session.rollback()
    return list(db.session.scalars(select(ExternalIdentity)))


def _form(answer: Any) -> dict[str, str]:
    """What the page that asks carries."""
    assert answer.status_code == 200, answer.text
    return {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', answer.text)[1]  # type: ignore[index]
        for name in ("csrf_token", "proven")
    }


def _press(browser: Browser, form: dict[str, str]) -> Any:
    answer = browser.open(PRESS, method="POST", data=form)
    assert answer.headers["Location"] == "/compte/securite"
    with browser.client.session_transaction() as cookie:
        return [code for category, code in cookie.pop("_flashes") if category == "provider"]


def _journal() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.at)))


def test_both_proven_the_account_is_linked_and_opens(
    app: Flask, provider: IdentityProvider, person: Person, sign_in: SignIn
) -> None:
    user_id = make.account(person).id
    elsewhere, browser = sign_in(person), sign_in(person)
    page = enter(browser, provider, START)
    assert provider.asked[0]["prompt"] == "login"
    assert provider.email in page.text
    assert not _links()
    assert _press(browser, _form(page)) == ["linked"]
    (made,) = _links()
    assert (made.user_id, made.issuer, made.subject) == (user_id, provider.issuer, provider.subject)
    assert elsewhere.get("/compte").status_code == 302
    assert browser.get("/compte").status_code == 200
    assert "provider_linked" in _journal()
    letter = db.session.scalars(select(Letter)).one()
    assert letter.recipient == person.email
    assert "ProConnect" in letter.text
    stranger = Browser(app)
    assert enter(stranger, provider).status_code == 302
    assert stranger.get("/compte").status_code == 200


@pytest.mark.parametrize("signed", [True, False])
def test_the_page_tells_which_account_signed_or_not(
    provider: IdentityProvider, person: Person, sign_in: SignIn, signed: bool
) -> None:
    provider.signs_userinfo = signed
    assert provider.email in enter(sign_in(person), provider, START).text


@pytest.mark.asvs("V6.8.1")
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("lie", [{"sub": "sub-autre"}, {"aud": "autre"}, {"iss": "https://autre.exemple.invalid"}])
def test_a_description_of_somebody_else_is_refused(
    provider: IdentityProvider, person: Person, sign_in: SignIn, signed: bool, lie: dict[str, str]
) -> None:
    provider.signs_userinfo, provider.userinfo = signed, lie
    answer = enter(sign_in(person), provider, START)
    assert answer.status_code == (400 if signed or "sub" in lie else 200)
    assert not _links()


def test_a_session_left_open_there_does_not_prove_it_again(
    provider: IdentityProvider, person: Person, sign_in: SignIn
) -> None:
    provider.edit = lambda claims: claims.update(auth_time=int(time.time()) - 3600)
    answer = enter(sign_in(person), provider, START)
    assert answer.status_code == 403
    assert "doit vous redemander qui vous êtes" in answer.text


def test_somebody_else_s_browser_or_account_cannot_finish(
    app: Flask, provider: IdentityProvider, person: Person, sign_in: SignIn
) -> None:
    attacker, victim = sign_in(make.member()), sign_in(person)
    back = provider.visit(leave(attacker, START))
    kept = attacker.client.get_cookie("elus-provider")
    assert kept
    victim.client.set_cookie("elus-provider", kept.value, domain="localhost")
    assert victim.get(back).status_code == 400
    stranger = Browser(app)
    stranger.client.set_cookie("elus-provider", kept.value, domain="localhost")
    assert stranger.get(back).status_code == 400
    form = _form(attacker.get(back))
    form["csrf_token"] = victim.token("/affichage")
    assert _press(victim, form) == ["stale"]
    assert not _links()


def test_what_was_proven_serves_once_and_for_ten_minutes(
    provider: IdentityProvider, person: Person, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(person)
    form = _form(enter(browser, provider, START))
    assert _press(browser, form) == ["linked"]
    assert _told(browser, REMOVE) == ["unlinked"]
    assert _press(browser, form) == ["stale"]
    form = _form(enter(browser, provider, START))
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    with transaction():
        db.session.execute(update(Session).values(fresh_at=later))
    assert _press(browser, form) == ["stale"]
    assert _press(browser, {**form, "proven": "AAAA"}) == ["stale"]
    assert not _links()


def _told(browser: Browser, url: str) -> Any:
    answer = browser.submit(url, page="/affichage")
    assert answer.headers["Location"] == "/compte/securite", answer.text
    with browser.client.session_transaction() as cookie:
        return [code for category, code in cookie.pop("_flashes") if category == "provider"]


def test_one_account_there_opens_one_account_here(provider: IdentityProvider, person: Person, sign_in: SignIn) -> None:
    link(make.member(), provider)
    browser = sign_in(person)
    assert _press(browser, _form(enter(browser, provider, START))) == ["linked_elsewhere"]
    provider.subject = "sub-autre"
    assert _press(browser, _form(enter(browser, provider, START))) == ["linked"]
    provider.subject = "sub-encore"
    assert _press(browser, _form(enter(browser, provider, START))) == ["already_linked"]
    assert len(_links()) == 2


def test_once_removed_it_opens_nothing(app: Flask, provider: IdentityProvider, person: Person, sign_in: SignIn) -> None:
    link(person, provider)
    other = make.member()
    link(other, provider, "sub-autre")
    there = Browser(app)
    assert enter(there, provider).status_code == 302
    browser = sign_in(person)
    assert _told(browser, REMOVE) == ["unlinked"]
    assert there.get("/compte").status_code == 302
    assert enter(Browser(app), provider).status_code == 403
    assert [one.subject for one in _links()] == ["sub-autre"]
    assert "provider_unlinked" in _journal()


def test_a_stranger_links_nothing(app: Flask, provider: IdentityProvider) -> None:
    for url in (START, PRESS, REMOVE):
        answer = Browser(app).submit(url, page="/affichage")
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/connexion"
    assert db.session.scalars(select(User)).all() == []
