"""A real Chromium on a real portal; each kind of person signs in once and keeps the session."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.portal import Portal, running

CHROMIUM = shutil.which("chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
IPAD = {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1}
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium n’est pas installé"))


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal for all the journeys."""
    with running(tmp_path_factory.mktemp("portail")) as found:
        yield found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield found
    found.close()


@pytest.fixture(scope="session")
def enter(portal: Portal, chromium: Browser) -> Callable[[dict[str, Any]], Any]:
    """The signed-in state of an account, through the real pages, once."""
    kept: dict[str, Any] = {}

    def entered(account: dict[str, Any]) -> Any:
        if account["email"] not in kept:
            context = chromium.new_context(locale="fr-FR")
            sign_in(context.new_page(), portal, account)
            kept[account["email"]] = context.storage_state()
            context.close()
        return kept[account["email"]]

    return entered


def sign_in(page: Page, portal: Portal, account: dict[str, Any]) -> None:
    """As the person does: address, password, code."""
    page.goto(f"{portal.url}/connexion")
    page.fill("input[type=email]", account["email"])
    page.fill("input[type=password]", account["password"])
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.fill("input[autocomplete=one-time-code]", portal.code(account))
    page.get_by_role("button", name="Valider").click()
    page.wait_for_url(lambda url: "/connexion" not in url)


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts closed at the end of the test."""
    contexts: list[BrowserContext] = []

    def new(**options: Any) -> BrowserContext:
        context = chromium.new_context(locale="fr-FR", **options)
        contexts.append(context)
        return context

    yield new
    for context in contexts:
        context.close()
