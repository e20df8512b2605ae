"""Through an identity provider in a real Chromium: the page that moves on by itself, the way back, signing out on both sides."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from elus import create_app
from elus.config import load
from elus.identity.models import ExternalIdentity
from elus.identity.provider import discovery
from elus.kernel import clock
from elus.kernel.crypto import Keyring
from elus.kernel.db import db
from elus.ops import schema
from tests import factories as make
from tests.browser.eyes import AXE, RUN, TAGS
from tests.browser.portal import free_port
from tests.identity import oidc
from tests.identity.oidc import ACR, CLIENT, SECRET, IdentityProvider


@dataclass
class Here:
    """A portal of one council, and the provider it knows."""

    url: str
    app: Flask
    provider: IdentityProvider


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    """Both run on this machine, as a portal without worker."""
    with oidc.running(IdentityProvider()) as provider:
        port = free_port()
        settings = load(
            {
                "ELUS_INSTANCE": str(tmp_path),
                "ELUS_LISTEN": f"127.0.0.1:{port}",
                "ELUS_PUBLIC_URL": f"http://localhost:{port}",
                "ELUS_OIDC_ISSUER": provider.issuer,
                "ELUS_OIDC_CLIENT_ID": CLIENT,
                "ELUS_OIDC_CLIENT_SECRET": SECRET,
                "ELUS_OIDC_ACR": ACR,
                "ELUS_OIDC_NAME": "ProConnect",
            }
        )
        Keyring.create(settings.keys)
        app = create_app(settings)
        discovery.forget()
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        with app.app_context():
            schema.to_head()
            thread.start()
            yield Here(settings.public_url, app, provider)
            db.session.remove()
            db.engine.dispose()
        server.shutdown()
        server.server_close()
        thread.join()


def _clean(page: Page) -> None:
    page.evaluate(AXE)
    assert page.evaluate(RUN, TAGS) == []


def test_a_councillor_comes_through_the_provider_and_leaves_both(
    here: Here, opened: Callable[..., BrowserContext]
) -> None:
    here.provider.subject = "sub-camille"
    member = make.member()
    unlinked = opened().new_page()
    unlinked.goto(f"{here.url}/connexion")
    unlinked.get_by_role("button", name="Continuer avec ProConnect").click()
    expect(unlinked.get_by_role("heading", name="Ce compte n’est pas encore relié")).to_be_visible()
    _clean(unlinked)
    make.saved(
        ExternalIdentity(
            user_id=make.account(member).id,
            issuer=here.provider.issuer,
            subject="sub-camille",
            linked_at=clock.now(),
        )
    )
    page = opened().new_page()
    wrong: list[Any] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{here.url}/reunions")
    _clean(page)
    page.get_by_role("button", name="Continuer avec ProConnect").click()
    page.wait_for_url(f"{here.url}/reunions")
    expect(page.get_by_role("link", name="Mon compte")).to_be_visible()
    page.goto(f"{here.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    expect(page.get_by_role("heading", name="Vous êtes déconnecté du Portail Élus.")).to_be_visible()
    _clean(page)
    assert wrong == []
    page.get_by_role("link", name="Se déconnecter aussi de ProConnect").click()
    page.wait_for_url(f"{here.url}/connexion?state=*")
    assert "/end" in here.provider.paths
    assert urlsplit(page.url).path == "/connexion"


def test_somebody_signed_in_links_an_account_from_the_security_page(
    here: Here, opened: Callable[..., BrowserContext]
) -> None:
    member = make.member()
    make.complete_account(member)
    page = opened().new_page()
    page.goto(f"{here.url}/connexion")
    page.fill("input[type=email]", str(member.email))
    page.fill("input[type=password]", make.PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.fill("input[autocomplete=one-time-code]", make.current_code())
    page.get_by_role("button", name="Valider").click()
    page.wait_for_url(f"{here.url}/")
    page.goto(f"{here.url}/compte/securite")
    _clean(page)
    page.get_by_role("button", name="Relier mon compte ProConnect").click()
    expect(page.get_by_text(here.provider.email)).to_be_visible()
    _clean(page)
    page.get_by_role("button", name="Oui, c’est le mien").click()
    page.wait_for_url(f"{here.url}/compte/securite")
    expect(page.get_by_text("Votre compte est relié.")).to_be_visible()
    _clean(page)
    page.get_by_role("button", name="Retirer ProConnect").click()
    expect(page.get_by_text("Ce compte n’ouvre plus le vôtre.")).to_be_visible()


def test_without_script_too(here: Here, opened: Callable[..., BrowserContext]) -> None:
    member = make.member()
    make.saved(
        ExternalIdentity(
            user_id=make.account(member).id,
            issuer=here.provider.issuer,
            subject=here.provider.subject,
            linked_at=clock.now(),
        )
    )
    page = opened(java_script_enabled=False).new_page()
    page.goto(f"{here.url}/connexion")
    page.get_by_role("button", name="Continuer avec ProConnect").click()
    page.wait_for_url(f"{here.url}/")
    expect(page.get_by_role("link", name="Mon compte")).to_be_visible()
