"""A tablet is lost: the secretariat checks who asks, and its owner comes back with another one."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.eyes import faults, violations
from tests.browser.portal import Portal
from tests.browser.tablets import Tablet

PASSWORD = "huit canards devant la mairie"


def code_for(secretary: Page, portal: Portal, address: str) -> str:
    """The code that a secretary gives after checking, found by the address."""
    secretary.goto(f"{portal.url}/secretariat/personnes")
    row = secretary.locator("tr", has_text=address)
    row.get_by_role("link", name="Aider à se connecter").click()
    _look(secretary)
    secretary.get_by_label("Motif").fill("tablette perdue, rappelée à la mairie")
    secretary.locator("[name=checked]").check()
    secretary.get_by_role("button", name="Préparer le code").click()
    expect(secretary.get_by_text("Il ne s’affichera plus.")).to_be_visible()
    _look(secretary)
    return secretary.locator(".rescue-code").inner_text()


def come_back(tablet: Callable[..., Tablet], portal: Portal, address: str, code: str) -> Tablet:
    """On another tablet: the way of who cannot sign in, the code, a new unlock, a new net, home."""
    other = tablet()
    page = other.page
    page.goto(f"{portal.url}/connexion")
    page.get_by_role("link", name="Je n’arrive pas à me connecter").click()
    page.get_by_role("link", name="Utiliser mon code de dépannage").first.click()
    _look(page)
    page.locator("[name=address]").fill(address)
    page.locator("[name=code]").fill(code.lower())
    page.get_by_role("button", name="Continuer").click()
    other.touch()
    page.get_by_role("button", name="Utiliser cette tablette").click()
    page.get_by_role("link", name="Choisir un mot de passe").click()
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Afficher mes 8").click()
    page.get_by_role("button", name="J’ai noté mes codes").click()
    page.goto(f"{portal.url}/compte")
    expect(page.get_by_text(address)).to_be_visible()
    return other


def opens_nothing(lost: Tablet, portal: Portal) -> None:
    """The lost tablet is signed out, and its unlock is refused."""
    lost.leave()
    page = lost.page
    page.goto(f"{portal.url}/compte")
    assert "/connexion" in page.url
    lost.touch()
    page.reload()  # the page suggests the gesture by itself
    page.locator("main [role=alert]").first.wait_for()
    lost.leave()
    page.goto(f"{portal.url}/compte")
    assert "/connexion" in page.url


def _look(page: Page) -> None:
    assert not violations(page)
    assert not faults(page)
