"""« Ma sécurité » in Chromium: named, closed from afar, lost, changed, printed; each screen usable by everybody."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import IPAD, sign_in
from tests.browser.eyes import Watch, faults, violations
from tests.browser.places import send
from tests.browser.portal import Portal

PAGE = "/compte/securite"


def _wrong_with(page: Page) -> list[str]:
    return [*violations(page), *faults(page)]


def _open(page: Page, portal: Portal, path: str = PAGE) -> Page:
    page.set_viewport_size({"width": 820, "height": 1180})
    page.goto(f"{portal.url}{path}")
    return page


def test_a_lost_tablet_is_named_closed_and_its_owner_guided(portal: Portal, opened: Any) -> None:
    account = portal.seated(50)
    tablet, page = opened(**IPAD).new_page(), opened().new_page()
    watch, wrong = Watch(urlsplit(portal.url).netloc).on(page), []
    for one in (tablet, page):
        sign_in(one, portal, account)
    _open(tablet, portal)
    tablet.get_by_role("link", name="Renommer").first.click()
    send("Enregistrer", name="iPad du salon")(tablet)
    expect(tablet.get_by_role("status")).to_contain_text("iPad du salon")

    _open(page, portal)
    wrong += _wrong_with(page)
    expect(page.get_by_role("button", name="Déconnecter iPad du salon")).to_be_visible()
    page.get_by_role("link", name="iPad du salon").and_(page.get_by_text("perdu")).first.click()
    wrong += _wrong_with(page)
    page.get_by_role("button", name="Déclarer cet appareil perdu").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("n’ouvre plus votre compte")
    wrong += _wrong_with(page)
    tablet.goto(f"{portal.url}{PAGE}")
    assert "/connexion" in tablet.url
    assert not wrong
    assert not watch.complaints
    told = portal.mailbox.wait(lambda: portal.mailbox.about("Un appareil vient d’être déclaré perdu"), 1, 90)
    body = told[0].get_body(("plain",))
    assert body
    assert "iPad du salon" in body.get_content()


def test_what_one_types_changes_and_new_codes_are_printed(portal: Portal, opened: Any) -> None:
    account, page = portal.seated(51), opened().new_page()
    watch, wrong = Watch(urlsplit(portal.url).netloc).on(page), []
    sign_in(page, portal, account)
    _open(page, portal, f"{PAGE}/mot-de-passe")
    wrong += _wrong_with(page)
    send("Enregistrer", current=account["password"], password="court")(page)
    wrong += _wrong_with(page)
    send("Enregistrer", current=account["password"], password="une cruche bleue et deux hiboux")(page)
    expect(page.get_by_role("status")).to_contain_text("nouveau mot de passe est enregistré")
    wrong += _wrong_with(page)
    _open(page, portal, f"{PAGE}/code")
    send("Vérifier et enregistrer", code="000000")(page)
    wrong += _wrong_with(page)
    _open(page, portal, f"{PAGE}/codes-de-secours")
    wrong += _wrong_with(page)
    send("Faire huit nouveaux codes")(page)
    expect(page.locator(".codes li")).to_have_count(8)
    wrong += _wrong_with(page)
    page.emulate_media(media="print")
    assert page.get_by_role("button", name="Imprimer").is_hidden()
    assert page.locator(".codes").is_visible()
    assert not wrong
    assert not watch.complaints


def test_without_script_everything_but_the_gesture_of_the_device_is_done(portal: Portal, opened: Any) -> None:
    account = portal.seated(52)
    page, elsewhere = opened(java_script_enabled=False).new_page(), opened().new_page()
    for one in (elsewhere, page):
        sign_in(one, portal, account)
    page.goto(f"{portal.url}{PAGE}")
    page.get_by_role("button", name="Déconnecter mes autres appareils").click()
    expect(page.get_by_role("status")).to_contain_text("plus connecté que sur cet appareil")
    elsewhere.goto(f"{portal.url}{PAGE}")
    assert "/connexion" in elsewhere.url
    page.goto(f"{portal.url}{PAGE}/ajouter")
    expect(page.get_by_role("button", name="Ajouter cet appareil")).to_be_hidden()
    assert "autorisez JavaScript" in page.content()
    page.goto(f"{portal.url}{PAGE}/codes-de-secours")
    page.get_by_role("button", name="Faire huit nouveaux codes").click()
    expect(page.locator(".codes li")).to_have_count(8)
