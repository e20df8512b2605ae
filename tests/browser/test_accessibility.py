"""Every screen under axe at three widths, light and dark; and what no page may show: clipped text, errors, bad spaces."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import places
from tests.browser.eyes import Watch, faults, violations
from tests.browser.places import Place
from tests.browser.portal import Portal
from tests.browser.publishing import Departure, enrol, invitation, invite


@pytest.fixture(scope="module")
def window(portal: Portal, chromium: Browser, enter: Any, people: dict[str, Any]) -> Any:
    """One window per person, kept; with what it complains of."""
    windows: dict[str, tuple[Page, Watch]] = {}

    def of(who: str) -> tuple[Page, Watch]:
        if who not in windows:
            context = chromium.new_context(locale="fr-FR", storage_state=enter(people[who]))
            page = context.new_page()
            windows[who] = page, Watch(urlsplit(portal.url).netloc).on(page)
        return windows[who]

    yield of
    for page, _ in windows.values():
        page.context.close()


def wrong_with(page: Page) -> str:
    """All that is wrong with what the page shows now."""
    return "\n".join([*violations(page), *faults(page)])


Look = Callable[[Place], str]


@pytest.fixture
def look(portal: Portal, window: Any) -> Look:
    """All that is wrong with a screen."""

    def looked(place: Place) -> str:
        page, watch = window(place.who)
        watch.complaints.clear()
        page.set_viewport_size({"width": 820, "height": 1180})
        page.goto(f"{portal.url}{place.path}")
        if place.act:
            place.act(page)
        return "\n".join([wrong_with(page), *watch.complaints]).strip()

    return looked


@pytest.mark.parametrize("place", places.PUBLIC, ids=str)
def test_a_page_for_everybody_is_usable_by_everybody(place: Place, look: Look) -> None:
    assert look(place) == ""


@pytest.mark.parametrize("place", places.BEFORE, ids=str)
def test_a_page_before_the_convocation_is_usable_by_everybody(place: Place, look: Look) -> None:
    assert look(place) == ""


@pytest.mark.parametrize("place", places.MEANWHILE, ids=str)
def test_a_page_during_the_sixty_seconds_is_usable_by_everybody(place: Place, look: Look, leaving: Departure) -> None:
    assert look(place) == ""


@pytest.mark.parametrize("place", places.AFTER, ids=str)
def test_a_page_after_the_departure_is_usable_by_everybody(place: Place, look: Look, cancelled: None) -> None:
    assert look(place) == ""


def test_the_second_step_is_usable_by_everybody(portal: Portal, opened: Any) -> None:
    account = portal.seated(20)
    page = opened().new_page()
    watch = Watch(urlsplit(portal.url).netloc).on(page)
    page.goto(f"{portal.url}/connexion")
    places.send("Se connecter", address=account["email"], password=account["password"])(page)
    found = {"code": wrong_with(page)}
    places.send("Valider", code="000000")(page)
    found["code refused"] = wrong_with(page)
    page.get_by_role("link", name="Je n’ai pas mon code").click()
    found["recovery"] = wrong_with(page)
    places.send("Valider", code="AAAA-BBBB-CCCC")(page)
    found["recovery refused"] = wrong_with(page)
    places.send("Valider", code=account["recovery_codes"][0])(page)
    found["recovered"] = wrong_with(page)
    assert "".join(found.values()) == ""
    assert watch.complaints == []


def test_the_welcome_is_usable_by_everybody(portal: Portal, secretary: Page, opened: Any) -> None:
    link = invitation(portal, invite(secretary, portal))
    page = opened().new_page()
    watch = Watch(urlsplit(portal.url).netloc).on(page)
    found = {step: wrong_with(page) for step in enrol(page, link, {})}
    assert "".join(found.values()) == ""
    assert watch.complaints == []
    page.goto(link)
    assert urlsplit(page.url).path == "/bienvenue/pret"
    elsewhere = opened().new_page()
    elsewhere.goto(link)
    assert elsewhere.get_by_role("heading", name="Votre compte est déjà prêt").is_visible()
