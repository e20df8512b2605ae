"""From the printed letter to the portal: on an iPad by its own unlock, and without any script."""

import re
from pathlib import Path
from typing import Any

import pyotp
import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.eyes import Watch, faults, violations
from tests.browser.portal import Portal
from tests.browser.rescuing import code_for, come_back, opens_nothing

PASSWORD = "quatre arbres sous la pluie"


def printed(portal: Portal, page: Page, assembly: str, folder: Path) -> str:
    """The code that the secretariat prints for somebody: asked for, made by the worker, downloaded."""
    watch = Watch(portal.url.removeprefix("http://")).on(page)
    sign_in(page, portal, portal.account("secrétariat", assembly))
    page.goto(f"{portal.url}/secretariat/personnes")
    page.get_by_role("link", name="Imprimer des courriers de bienvenue").click()
    assert not violations(page)
    page.get_by_role("button", name="Préparer les courriers").click()
    expect(page.get_by_text("sera prêt dans une minute")).to_be_visible()
    take = page.get_by_role("button", name="Télécharger le courrier")
    for _ in range(30):
        if take.count():
            break
        page.wait_for_timeout(1000)
        page.get_by_role("link", name="Voir si c’est prêt").click()
    assert not violations(page)
    with page.expect_download() as downloading:
        take.click()
    letter = folder / "courriers.pdf"
    downloading.value.save_as(letter)
    assert downloading.value.suggested_filename.startswith("courriers-de-bienvenue-")
    page.reload()
    expect(page.get_by_text("téléchargé, puis détruit").first).to_be_visible()
    assert not watch.complaints
    text = pypdfium2.PdfDocument(letter)[0].get_textpage().get_text_bounded()
    found = re.search(r"\b[A-Z]{4} [A-Z]{4} [A-Z]{4}\b", text)
    assert found
    return found[0]


def arrive(page: Page, portal: Portal, code: str, assembly: str) -> None:
    """The address of the letter, its code, and the press."""
    page.goto(f"{portal.url}/bienvenue")
    page.get_by_label("Code de votre courrier").fill(code.lower())
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text(assembly)).to_be_visible()
    page.get_by_role("button", name="Oui, c’est moi.").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Comment voulez")


def look(page: Page) -> None:
    """Every page passes the eyes."""
    assert not violations(page)
    assert not faults(page)


def to_the_portal(page: Page, portal: Portal, *, watched: bool) -> None:
    """Step 4, comfort: the icon is done, the text skipped, the calendar taken; then home."""
    for done in ("C’est fait", "Passer"):
        if watched:
            look(page)
        page.get_by_role("link", name=done).click()
    page.get_by_role("button", name="Recevoir mes réunions").click()
    expect(page.get_by_role("link", name="Ajouter à l’agenda de cette tablette")).to_have_attribute(
        "href", re.compile("^webcal:")
    )
    page.get_by_role("link", name="Continuer").click()
    expect(page.get_by_text("Il vous a fallu")).to_be_visible()
    page.get_by_role("link", name="Aller à l’accueil").click()
    page.wait_for_url(f"{portal.url}/")


@pytest.mark.asvs("V6.4.1", "V6.4.4")
def test_by_letter_on_an_ipad_by_its_unlock_then_back_after_losing_it(
    portal: Portal, opened: Any, tablet: Any, tmp_path: Path
) -> None:
    assembly = "Conseil municipal de Thénezay"
    secretary = opened(accept_downloads=True).new_page()
    code = printed(portal, secretary, assembly, tmp_path)
    mine = tablet()
    page, watch = mine.page, Watch(portal.url.removeprefix("http://")).on(mine.page)
    arrive(page, portal, code, assembly)
    look(page)
    mine.touch(recognised=False)
    page.get_by_role("button", name="Utiliser cette tablette").click()
    expect(page.get_by_text("Rien n’a été enregistré.")).to_be_visible()
    mine.touch()
    page.get_by_role("button", name="Utiliser cette tablette").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("tablette n’est pas là")
    assert len(mine.keys()) == 1
    look(page)
    page.goto(f"{portal.url}/bienvenue/{code.replace(' ', '')}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("tablette n’est pas là")
    page.get_by_role("link", name="Choisir un mot de passe").click()
    address = page.input_value("#address")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Afficher mes 8").click()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 8
    look(page)
    page.get_by_role("button", name="J’ai noté mes codes").click()
    to_the_portal(page, portal, watched=True)
    page.goto(f"{portal.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.wait_for_url(f"{portal.url}/")  # the sign-in page suggests the gesture by itself, and it is enough
    assert not watch.complaints
    come_back(tablet, portal, address, code_for(secretary, portal, address))
    opens_nothing(mine, portal)


def test_the_whole_way_without_script(portal: Portal, opened: Any, tmp_path: Path) -> None:
    assembly = "Conseil municipal de Châtillon-sur-Thouet"
    code = printed(portal, opened(accept_downloads=True).new_page(), assembly, tmp_path)
    page = opened(java_script_enabled=False).new_page()
    arrive(page, portal, code, assembly)
    expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("link", name="Choisir un mot de passe").click()
    address = page.input_value("#address")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    page.locator("summary").click()
    secret = re.sub(r"\s", "", page.locator("#cle").inner_text())
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Afficher mes 8").click()
    codes = page.locator(".codes li").all_inner_texts()
    page.get_by_role("button", name="J’ai noté mes codes").click()
    to_the_portal(page, portal, watched=False)
    page.goto(f"{portal.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.fill("[type=email]", address)
    page.fill("[type=password]", PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.get_by_role("link", name="Je n’ai pas mon code").click()
    page.fill("[name=code]", codes[0])
    page.get_by_role("button", name="Valider").click()
    page.get_by_role("link", name="Continuer").click()
    page.wait_for_url(f"{portal.url}/")
