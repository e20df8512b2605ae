"""The gestures of a secretary and of somebody invited, shared by the journeys and the pictures."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
import pyotp
from playwright.sync_api import Page, expect

from tests.browser.places import DESK, DRAFT, READY, SECRETARY, people
from tests.browser.portal import Portal

PASSWORD = "haie bocage tilleul moulin"


@dataclass
class Departure:
    """What the receipt announced."""

    letters: int
    at: float


def publish(page: Page, portal: Portal) -> Departure:
    """From the secretary's home to the receipt: open the ready council, check it, publish it, and its bureau with it."""
    page.goto(f"{portal.url}/secretariat")
    page.locator(f"a[href*='{READY}']").first.click()
    page.get_by_role("link", name="Contrôler avant de publier").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contrôler avant de publier")
    expect(page.get_by_text("Rien ne bloque")).to_be_visible()
    page.get_by_role("link", name="Passer à la publication").click()
    expect(page.locator("pre.letter")).to_contain_text("ORDRE DU JOUR")
    page.get_by_role("button", name=re.compile("Publier et convoquer")).click()
    confirm(page, portal)
    expect(page.get_by_text("Rien n’est encore parti.")).to_be_visible()
    receipt = page.locator("main .facts").inner_text()
    departed = Departure(int(re.search(r"(\d+)\s+par courriel", receipt)[1]), time.monotonic())  # type: ignore[index]
    assert portal.mailbox.about("Convocation") == [], "nothing leaves during the sixty seconds"
    page.goto(f"{portal.url}{DESK}/{DRAFT}/publier")
    page.get_by_role("button", name=re.compile("Publier et convoquer")).click()
    confirm(page, portal)
    page.wait_for_url("**/publier")
    return departed


def confirm(page: Page, portal: Portal) -> None:
    """Prove both factors again where more than ten minutes have passed since the last time."""
    page.wait_for_load_state()
    if not page.get_by_role("heading", name="C’est bien vous").is_visible():
        return
    secretary = people(portal)[SECRETARY]
    assert secretary
    page.fill("input[type=password]", secretary["password"])
    page.fill("input[autocomplete=one-time-code]", portal.code(secretary))
    page.get_by_role("button", name="Confirmer", exact=True).click()


def cancel(page: Page, portal: Portal) -> None:
    """The bureau does not meet after all."""
    page.goto(f"{portal.url}{DESK}/{DRAFT}/annuler")
    page.fill("[name=reason]", "Le président est retenu à la préfecture.")
    page.get_by_role("button", name=re.compile("Annuler la réunion et prévenir")).click()
    confirm(page, portal)
    page.wait_for_url("**/suivi?*")


def invite(page: Page, portal: Portal) -> str:
    """Invite the first community councillor whose account sleeps; gives the address written to."""
    page.goto(f"{portal.url}/secretariat/personnes")
    council = page.locator("select[name=assemblee] option", has_text=re.compile("^Conseil communautaire")).first
    page.select_option("select[name=assemblee]", council.get_attribute("value"))
    page.get_by_role("button", name="Afficher").click()
    row = page.locator("tr", has=page.locator("button[formaction]")).first
    while row.count() == 0:
        page.get_by_role("link", name="Page suivante").click()
        row = page.locator("tr", has=page.locator("button[formaction]")).first
    address = row.locator("th small").inner_text()
    row.locator("button[formaction]").click()
    expect(page.locator(".banner.done")).to_be_visible()
    return address


def invitation(portal: Portal, address: str) -> str:
    """The link of the last invitation that the mail server received for somebody."""
    mine = portal.mailbox.about
    letters = portal.mailbox.wait(lambda: [one for one in mine("Votre accès") if address in str(one["To"])], 1, 60)
    letter = letters[-1]
    body = letter.get_body(("plain",))
    assert body is not None
    return re.search(r"http://\S+/bienvenue/\S+", body.get_content())[0]  # type: ignore[index]


def enrol(page: Page, link: str, kept: dict[str, object]) -> Iterator[str]:
    """Each step of the welcome in turn, by name; leaves in `kept` what signs in afterwards."""
    page.goto(link)
    yield "bienvenue-1"
    page.get_by_role("button", name="Oui, c’est moi.").click()
    yield "bienvenue-2"
    page.get_by_role("link", name="Choisir un mot de passe").click()
    yield "bienvenue-2-mot-de-passe"
    page.fill("[name=password]", "court")
    page.get_by_role("button", name="Continuer").click()
    yield "bienvenue-2-erreur"
    kept["email"] = page.input_value("#address")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    yield "bienvenue-2-code"
    if not page.locator("#cle").is_visible():
        page.locator("summary").click()
    secret = re.sub(r"\s", "", page.locator("#cle").inner_text())
    page.fill("[name=code]", pyotp.TOTP(secret).now())
    kept.update(password=PASSWORD, totp_secret=secret)
    page.get_by_role("button", name="Continuer").click()
    yield "bienvenue-3"
    page.get_by_role("button", name="Afficher mes 8").click()
    kept["recovery_codes"] = page.locator(".codes li").all_inner_texts()
    yield "bienvenue-3-codes"
    page.get_by_role("button", name="J’ai noté mes codes").click()
    yield "bienvenue-4"
    page.get_by_role("link", name="Passer").click()
    yield "bienvenue-4-texte"
    page.get_by_role("link", name="Passer").click()
    yield "bienvenue-4-agenda"
    page.get_by_role("link", name="Passer").click()
    expect(page.get_by_role("heading", name="C’est prêt.")).to_be_visible()
    yield "bienvenue-pret"


def upload(page: Page) -> None:
    """Drop on the editor a paper for point 2, one for a point that is not there, and a page of HTML that says it is a PDF."""
    with pikepdf.new() as sheet:
        sheet.add_blank_page(page_size=(595, 842))
        kept = io.BytesIO()
        sheet.save(kept)
    pdf = list(kept.getvalue())
    named = [
        ("2_Rapport sur les subventions.pdf", pdf),
        ("12_Rapport.pdf", pdf),
        ("faux.pdf", list(b"<html>non</html>")),
    ]
    page.locator("form.drop").evaluate(
        """(form, files) => {
          const moved = new DataTransfer();
          for (const [name, bytes] of files) moved.items.add(new File([new Uint8Array(bytes)], name, { type: "application/pdf" }));
          form.dispatchEvent(new DragEvent("drop", { dataTransfer: moved, bubbles: true, cancelable: true }));
        }""",
        named,
    )
