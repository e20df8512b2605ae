"""A real Chromium on a real portal; each kind of person signs in once and keeps the session."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser import places
from tests.browser.portal import Portal, running
from tests.browser.publishing import Departure, cancel, publish
from tests.browser.tablets import IPAD, Tablet, held

CHROMIUM = shutil.which("chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What must be seen before the council is published comes first; what waits for the departure comes last."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium n’est pas installé"))
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    asked = getattr(item, "fixturenames", ())
    return 3 if "cancelled" in asked else 2 if "departed" in asked else 1 if "leaving" in asked else 0


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal for all the journeys."""
    with running(tmp_path_factory.mktemp("portail")) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> None:
    """Windows stay open all along: what was proven ten minutes ago, in another test, counts for now."""
    if "portal" in request.fixturenames:
        request.getfixturevalue("portal").proven(datetime.now(UTC))


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
def people(portal: Portal) -> dict[str, dict[str, Any] | None]:
    """Who looks at the screens."""
    return places.people(portal)


@pytest.fixture(scope="session")
def enter(portal: Portal, chromium: Browser) -> Callable[[dict[str, Any] | None], Any]:
    """The signed-in state of an account, through the real pages, once; nobody has none."""
    kept: dict[str, Any] = {}

    def entered(account: dict[str, Any] | None) -> Any:
        if account is None:
            return None
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


@pytest.fixture
def tablet(opened: Any) -> Callable[..., Tablet]:
    """A new tablet, which unlocks by itself; `script` is what its browser lacks."""
    return lambda script="": held(opened(**IPAD), script)


@pytest.fixture(scope="session")
def secretary(portal: Portal, chromium: Browser, enter: Any, people: Any) -> Iterator[Page]:
    """The secretary's window, open all along."""
    context = chromium.new_context(locale="fr-FR", storage_state=enter(people[places.SECRETARY]))
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def leaving(portal: Portal, secretary: Page) -> Departure:
    """The council and the bureau are published; nothing has left yet."""
    return publish(secretary, portal)


@pytest.fixture(scope="session")
def departed(portal: Portal, leaving: Departure) -> list[EmailMessage]:
    """The sixty seconds are over: every convocation the receipt announced is at the mail server."""
    council = lambda: portal.mailbox.about("Convocation – Conseil communautaire")  # noqa: E731 — asked again and again
    return portal.mailbox.wait(council, leaving.letters, 150)


@pytest.fixture(scope="session")
def cancelled(portal: Portal, departed: list[EmailMessage], secretary: Page) -> None:
    """The bureau, convoked, is cancelled."""
    cancel(secretary, portal)
