"""What people do, from the first press to the last, on a real portal with a real mail server."""

import time
from email.message import EmailMessage
from typing import Any

import icalendar
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in
from tests.browser.eyes import faults, violations
from tests.browser.places import DESK, DRAFT, READY
from tests.browser.portal import Portal
from tests.browser.publishing import Departure, enrol, invitation, invite, upload
from tests.browser.tablets import IPAD

SLOW = {"offline": False, "latency": 300, "downloadThroughput": 64_000, "uploadThroughput": 64_000}  # 512 kbit/s


def test_the_secretary_publishes_and_every_councillor_and_substitute_receives_a_convocation(
    portal: Portal, leaving: Departure, departed: list[EmailMessage], secretary: Page
) -> None:
    secretary.goto(f"{portal.url}{DESK}/{READY}/suivi")
    figure = secretary.locator(".figures dd").first
    for _ in range(30):
        if figure.inner_text().split("/")[0].strip() == str(leaving.letters):
            break
        secretary.wait_for_timeout(500)
        secretary.reload()
    assert leaving.letters > 62, "sixty-two councillors and the substitutes"
    assert len(departed) == leaving.letters
    assert len({str(letter["To"]) for letter in departed}) == leaving.letters, "a message per person"
    for letter in departed:
        pdf = next(part for part in letter.iter_attachments() if part.get_content_type() == "application/pdf")
        assert pdf.get_content().startswith(b"%PDF-")
    assert figure.inner_text() == f"{leaving.letters} / {leaving.letters}"
    expect(secretary.locator("td[data-label=Envoi]").filter(has_text="acceptée").first).to_be_visible()
    assert secretary.locator(".tag.bad").count() == 0


def test_a_councillor_on_a_tablet_enrols_reads_acknowledges_and_answers(
    portal: Portal, departed: list[EmailMessage], secretary: Page, opened: Any
) -> None:
    address = invite(secretary, portal)
    account: dict[str, Any] = {}
    tablet = opened(**IPAD)
    page = tablet.new_page()
    for step in enrol(page, invitation(portal, address), account):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
    assert len(account["recovery_codes"]) == 8
    page.get_by_role("link", name="Aller à l’accueil").tap()
    expect(page.locator("#prochaine")).to_be_visible()
    page.goto(f"{portal.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).tap()
    page.wait_for_url("**/connexion*")
    sign_in(page, portal, account)
    page.get_by_role("button", name="Ouvrir le dossier").tap()
    _read_a_paper(portal, tablet, page)
    page.get_by_role("button", name="J’accuse réception").tap()
    expect(page.get_by_text("Réception accusée")).to_be_visible()
    page.get_by_role("button", name="Je viens").tap()
    expect(page.locator("aside .tag", has_text="Je viens")).to_be_visible()
    name = _name(portal, page)
    row = _row(portal, secretary, name)
    expect(row.locator("[data-label=Ouverte]")).not_to_contain_text("–")
    expect(row.locator("[data-label=Réponse]")).to_contain_text("ient")
    _feed_is_a_calendar(portal, tablet, page)


def test_a_councillor_whose_tablet_runs_no_script_reads_and_answers(
    portal: Portal, departed: list[EmailMessage], opened: Any
) -> None:
    tablet = opened(**IPAD, java_script_enabled=False)
    page = tablet.new_page()
    sign_in(page, portal, portal.seated(3))
    page.get_by_role("button", name="Ouvrir le dossier").click()
    _read_a_paper(portal, tablet, page)
    page.get_by_role("button", name="J’accuse réception").click()
    expect(page.get_by_text("Réception accusée")).to_be_visible()
    page.get_by_role("button", name="Je ne viens pas").click()
    expect(page.locator("aside .tag", has_text="Je ne viens pas")).to_be_visible()
    page.get_by_role("link", name="Mon compte").click()
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.wait_for_url("**/connexion*")
    page.goto(f"{portal.url}/reunions")
    expect(page.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()


def test_the_keyboard_alone_signs_in_answers_opens_a_paper_and_signs_out(
    portal: Portal, departed: list[EmailMessage], opened: Any
) -> None:
    account = portal.seated(4)
    page = opened().new_page()
    page.goto(f"{portal.url}/connexion")
    expect(page.locator("input[type=email]")).to_be_focused()
    page.keyboard.type(account["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(account["password"])
    page.keyboard.press("Enter")
    code = portal.code(account)
    expect(page.locator("input[autocomplete=one-time-code]")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/connexion" not in url)
    _reach(page, "Répondre")
    page.wait_for_url("**/reunions/*")
    _reach(page, "Je viens")
    expect(page.locator("aside .tag", has_text="Je viens")).to_be_visible()
    with page.context.expect_event("response", lambda answer: "/pieces/" in answer.url) as served:
        _reach(page, ", 1 page,")
    assert served.value.status in (200, 206)
    page.wait_for_url("**/pieces/*")
    page.goto(f"{portal.url}/")
    _reach(page, "Mon compte")
    page.wait_for_url("**/compte")
    _reach(page, "Se déconnecter")
    page.wait_for_url("**/connexion*")


def test_home_is_there_in_three_seconds_at_512_kbit_per_second(portal: Portal, opened: Any) -> None:
    account = portal.seated(5)
    page = opened(**IPAD).new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)
    page.goto(f"{portal.url}/connexion")
    page.fill("input[type=email]", account["email"])
    page.fill("input[type=password]", account["password"])
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.fill("input[autocomplete=one-time-code]", portal.code(account))
    begun = time.monotonic()
    page.get_by_role("button", name="Valider").click()
    page.wait_for_selector("#prochaine")
    page.wait_for_load_state("load")
    assert time.monotonic() - begun <= 3


def test_documents_dropped_together_are_filed_told_or_refused_each_in_its_place(
    portal: Portal, secretary: Page
) -> None:
    secretary.goto(f"{portal.url}{DESK}/{DRAFT}/preparer")
    secretary.evaluate("""() => {
      window.seen = new Set();
      new MutationObserver(() => document.querySelectorAll(".sending .soft").forEach((state) => seen.add(state.textContent)))
        .observe(document.querySelector(".sending"), { childList: true, subtree: true, characterData: true });
    }""")
    upload(secretary)
    tray = secretary.locator("#a-ranger")
    expect(tray).to_contain_text("12_Rapport", timeout=30_000)
    expect(tray).to_contain_text("faux.pdf", timeout=30_000)
    expect(tray.locator("li", has_text="faux.pdf")).to_contain_text("n’est ni un PDF")
    expect(secretary.locator(".drop [role=status]")).to_contain_text("documents sont arrivés", timeout=30_000)
    seen = secretary.evaluate("[...seen]")
    assert any("% envoyé" in state for state in seen), seen
    assert "Vérification en cours" in seen
    assert violations(secretary) + faults(secretary) == []
    secretary.reload()
    filed = secretary.locator(".draft li").nth(1)
    expect(filed).to_contain_text("1 document")


def test_signing_out_ends_the_session_of_a_copied_cookie(portal: Portal, opened: Any) -> None:
    mine = opened()
    page = mine.new_page()
    sign_in(page, portal, portal.seated(6))
    thief = opened(storage_state=mine.storage_state()).new_page()
    thief.goto(f"{portal.url}/reunions")
    expect(thief.get_by_role("heading", level=1)).to_have_text("Réunions")
    page.goto(f"{portal.url}/compte")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.wait_for_url("**/connexion*")
    page.wait_for_url("**/connexion*")
    thief.goto(f"{portal.url}/reunions")
    expect(thief.get_by_role("button", name="Se connecter", exact=True)).to_be_visible()


def _read_a_paper(portal: Portal, tablet: BrowserContext, page: Page) -> None:
    expect(page.locator(".agenda > li")).to_have_count(25)
    there = f"{portal.url}{page.locator('.papers a').first.get_attribute('href')}"
    answer = tablet.request.get(there, headers={"Range": "bytes=0-1023"})
    assert (answer.status, len(answer.body())) == (206, 1024)
    answer = tablet.request.get(there)
    assert answer.body().startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "no-store" in answer.headers["cache-control"]
    page.reload()
    expect(page.locator(".papers li").first).to_contain_text("Lu")


def _name(portal: Portal, page: Page) -> str:
    page.goto(f"{portal.url}/compte")
    return page.locator(".card h2").first.inner_text()


def _row(portal: Portal, secretary: Page, name: str) -> Any:
    secretary.goto(f"{portal.url}{DESK}/{READY}/suivi")
    while secretary.locator("th[scope=row]", has_text=name).count() == 0:
        secretary.get_by_role("link", name="Page suivante").click()
    return secretary.locator("tr", has=secretary.locator("th[scope=row]", has_text=name))


def _feed_is_a_calendar(portal: Portal, tablet: BrowserContext, page: Page) -> None:
    page.goto(f"{portal.url}/compte/agenda")
    page.get_by_role("button", name="Créer mon adresse d’agenda").tap()
    address = page.input_value("#adresse")
    answer = tablet.request.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = icalendar.Calendar.from_ical(answer.body())
    titles = [str(event["SUMMARY"]) for event in calendar.walk("VEVENT")]
    assert any("Conseil communautaire" in title for title in titles)


def _reach(page: Page, name: str) -> None:
    """Press Tab until something of that name has a visible focus inside the window, then Enter."""
    for _ in range(90):
        page.keyboard.press("Tab")
        at = page.evaluate("""() => {
          const here = document.activeElement, box = here.getBoundingClientRect(), style = getComputedStyle(here);
          return { name: here.textContent.replace(/\\s+/g, " ").trim(), ring: parseFloat(style.outlineWidth),
                   inside: box.bottom > 0 && box.top < innerHeight };
        }""")
        assert at["ring"] >= 2, at
        if name == at["name"] or (name.startswith(",") and name in at["name"]):
            assert at["inside"], at
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard never reached {name}")
