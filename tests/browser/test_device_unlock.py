"""Entering and proving with the device's own unlock, in Chromium and its virtual authenticator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import sign_in
from tests.browser.eyes import Watch, faults, violations
from tests.browser.portal import Portal
from tests.browser.tablets import Tablet

ENTER = "Se connecter avec le visage, l’empreinte ou le code de la tablette"
CONFIRM = "Confirmer avec le visage, l’empreinte ou le code de l’appareil"
BY_HAND = """
  delete PublicKeyCredential.parseCreationOptionsFromJSON;
  delete PublicKeyCredential.parseRequestOptionsFromJSON;
  delete PublicKeyCredential.prototype.toJSON;
"""
ABSENT = "delete window.PublicKeyCredential;"


def add(tablet: Tablet, portal: Portal) -> None:
    """From « Ma sécurité », by the real button."""
    tablet.page.goto(f"{portal.url}/compte/securite/ajouter")
    tablet.touch()
    tablet.page.get_by_role("button", name="Ajouter cet appareil").click()
    tablet.page.wait_for_url("**/compte/securite")
    tablet.leave()


def sign_out(page: Page, portal: Portal) -> None:
    page.goto(f"{portal.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.wait_for_url("**/connexion*")


@pytest.mark.asvs("V6.3.3")
def test_one_gesture_enters_where_the_tablet_is_known(portal: Portal, tablet: Any) -> None:
    mine = tablet()
    page, watch = mine.page, Watch(portal.url.removeprefix("http://")).on(mine.page)
    sign_in(page, portal, portal.seated(40))
    add(mine, portal)
    assert len(mine.keys()) == 1
    sign_out(page, portal)
    button = page.get_by_role("button", name=ENTER)
    expect(button).to_be_focused()
    assert not violations(page)
    assert not faults(page)
    mine.touch()
    button.click()
    page.wait_for_url(f"{portal.url}/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert mine.keys()[0]["signCount"] == 2
    assert not watch.complaints


def test_the_keyboard_suggests_the_gesture_without_a_press(portal: Portal, tablet: Any) -> None:
    mine = tablet()
    sign_in(mine.page, portal, portal.seated(41))
    add(mine, portal)
    mine.touch()
    mine.page.goto(f"{portal.url}/compte")
    mine.page.get_by_role("button", name="Se déconnecter", exact=True).click()
    mine.page.wait_for_url(f"{portal.url}/")
    assert mine.keys()[0]["signCount"] == 2


def test_an_old_browser_without_the_new_functions_does_it_by_hand(portal: Portal, tablet: Any) -> None:
    mine = tablet(BY_HAND)
    page = mine.page
    sign_in(page, portal, portal.seated(42))
    assert page.evaluate(
        "!('toJSON' in PublicKeyCredential.prototype || PublicKeyCredential.parseRequestOptionsFromJSON)"
    )
    add(mine, portal)
    mine.touch()
    page.goto(f"{portal.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.wait_for_url(f"{portal.url}/")
    assert mine.keys()[0]["signCount"] == 2


def test_a_gesture_refused_or_abandoned_is_told_plainly_and_the_password_still_opens(
    portal: Portal, tablet: Any
) -> None:
    mine, account = tablet(), portal.seated(43)
    page = mine.page
    sign_in(page, portal, account)
    add(mine, portal)
    sign_out(page, portal)
    mine.touch(recognised=False)
    page.get_by_role("button", name=ENTER).click()
    expect(page.get_by_text("Rien n’a été confirmé.")).to_be_visible()
    assert not violations(page)
    mine.leave()
    sign_in(page, portal, account)


def test_a_browser_that_cannot_offers_the_password_alone_without_a_word(portal: Portal, tablet: Any) -> None:
    page = tablet(ABSENT).page
    page.goto(f"{portal.url}/connexion")
    expect(page.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=ENTER)).to_be_hidden()
    expect(page.get_by_text("ou", exact=True)).to_be_hidden()
    sign_in(page, portal, portal.seated(44))
    page.goto(f"{portal.url}/compte/securite/ajouter")
    expect(page.get_by_text("Cet appareil ou ce navigateur ne le permet pas.")).to_be_visible()


def test_without_script_the_page_shows_the_password_alone(portal: Portal, opened: Any) -> None:
    page = opened(java_script_enabled=False).new_page()
    sign_in(page, portal, portal.seated(45))
    page.context.add_cookies([{"name": "unlock", "value": "1", "url": portal.url}])
    portal.proven(datetime.now(UTC) - timedelta(hours=1))
    page.goto(f"{portal.url}/connexion/confirmer")
    expect(page.get_by_role("button", name=CONFIRM)).to_be_hidden()
    page.fill("[type=password]", portal.seated(45)["password"])
    page.fill("[autocomplete=one-time-code]", portal.code(portal.seated(45)))
    page.get_by_role("button", name="Confirmer", exact=True).click()
    page.wait_for_url(f"{portal.url}/")


def test_a_tablet_is_added_once(portal: Portal, tablet: Any) -> None:
    mine = tablet()
    sign_in(mine.page, portal, portal.seated(46))
    add(mine, portal)
    mine.page.goto(f"{portal.url}/compte/securite/ajouter")
    mine.touch()
    mine.page.get_by_role("button", name="Ajouter cet appareil").click()
    expect(mine.page.get_by_text("Cet appareil est déjà enregistré.")).to_be_visible()
    assert len(mine.keys()) == 1


@pytest.mark.asvs("V7.5.1")
def test_a_fresh_proof_by_gesture_goes_on_with_what_was_asked(portal: Portal, tablet: Any) -> None:
    mine = tablet()
    page = mine.page
    sign_in(page, portal, portal.seated(47))
    add(mine, portal)
    portal.proven(datetime.now(UTC) - timedelta(hours=1))
    page.goto(f"{portal.url}/compte/securite/ajouter")
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est bien vous ?")
    assert not violations(page)
    assert not faults(page)
    mine.touch()
    page.get_by_role("button", name=CONFIRM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajouter un moyen de connexion")


def test_a_page_open_for_long_asks_another_challenge(portal: Portal, tablet: Any) -> None:
    mine = tablet()
    page = mine.page
    sign_in(page, portal, portal.seated(48))
    add(mine, portal)
    sign_out(page, portal)
    page.clock.install()
    page.goto(f"{portal.url}/connexion")
    page.get_by_role("button", name=ENTER).wait_for()
    asking: list[Route] = []
    page.route("**/connexion/appareil/demande", lambda route: asking.append(route))  # noqa: PLW0108 — Playwright looks inside the function
    with page.expect_request("**/connexion/appareil/demande"):
        page.clock.fast_forward("05:00")
    mine.touch()  # before the answer: a gesture counts for what is asked after it
    asking[0].continue_()
    page.wait_for_url(f"{portal.url}/")
