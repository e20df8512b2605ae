"""`python -m tests.browser.screens FOLDER`: every screen at four sizes, light and dark, each mail and the convocation."""

import subprocess
import sys
import tempfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import places
from tests.browser.conftest import CHROMIUM, FLAGS, sign_in
from tests.browser.places import Place
from tests.browser.portal import Portal, running
from tests.browser.publishing import cancel, enrol, invitation, invite, publish, upload

SIZES = {"portrait": (820, 1180), "paysage": (1180, 820), "telephone": (390, 844), "bureau": (1440, 900)}


class Album:
    """Pictures of whole pages, one folder per size and colour."""

    def __init__(self, folder: Path, browser: Browser, portal: Portal) -> None:
        self.folder, self.browser, self.portal = folder, browser, portal
        self.pages: dict[str, Page] = {}

    def open(self, who: str, account: dict[str, Any] | None) -> Page:
        """A window for somebody, signed in."""
        page = self.browser.new_context(locale="fr-FR").new_page()
        if account:
            sign_in(page, self.portal, account)
        self.pages[who] = page
        return page

    def take(self, page: Page, name: str) -> None:
        """The page as it is now, at each size."""
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=self.folder / f"{size}-{theme}" / f"{name}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 820, "height": 1180})

    def take_all(self, found: list[Place]) -> None:
        """Each of these screens, seen by the person it is for."""
        for place in found:
            page = self.pages[place.who]
            page.goto(f"{self.portal.url}{place.path}")
            if place.act:
                place.act(page)
            self.take(page, place.name)


def shoot(folder: Path, portal: Portal, browser: Browser) -> None:
    """The whole job once, stopping at every screen."""
    album = Album(folder, browser, portal)
    for who, account in places.people(portal).items():
        album.open(who, account)
    secretary = album.pages[places.SECRETARY]
    album.take_all(places.PUBLIC)
    album.take_all(places.BEFORE)
    secretary.goto(f"{portal.url}{places.DESK}/{places.DRAFT}/preparer")
    upload(secretary)
    secretary.locator("#a-ranger", has_text="n’est ni un PDF").wait_for(timeout=30_000)
    album.take(secretary, "editeur-depot")
    welcome = album.open("invited", None)
    for step in enrol(welcome, invitation(portal, invite(secretary, portal)), {}):
        album.take(welcome, step)
    departure = publish(secretary, portal)
    album.take_all(places.MEANWHILE)
    council = lambda: portal.mailbox.about("Convocation – Conseil communautaire")  # noqa: E731
    portal.mailbox.wait(council, departure.letters, 150)
    cancel(secretary, portal)
    album.take_all(places.AFTER)
    portal.mailbox.wait(lambda: portal.mailbox.about("Annul"), 1, 120)
    papers(folder, portal, album)


def papers(folder: Path, portal: Portal, album: Album) -> None:
    """One mail of each kind, text and HTML, and the pages of its first PDF."""
    seen: set[str] = set()
    for letter in portal.mailbox.messages:
        kind = str(letter["Subject"]).split(" ")[0].strip(":,–")
        if kind in seen:
            continue
        seen.add(kind)
        _mail(folder / "courriels", kind, letter, album.pages[places.NOBODY])


def _mail(folder: Path, kind: str, letter: EmailMessage, page: Page) -> None:
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    (folder / f"{kind}.txt").write_text(f"{letter['Subject']}\n\n{text.get_content()}")
    page.set_content(html.get_content())
    page.screenshot(path=folder / f"{kind}.png", full_page=True)
    for part in letter.iter_attachments():
        if part.get_content_type() == "application/pdf":
            there = folder / f"{kind}.pdf"
            there.write_bytes(part.get_content())
            subprocess.run(["pdftoppm", "-r", "70", "-png", str(there), str(folder / kind)], check=True)
            return


def main(folder: Path) -> None:
    """Start a portal, photograph it, stop it."""
    for size in SIZES:
        for theme in ("light", "dark"):
            (folder / f"{size}-{theme}").mkdir(parents=True, exist_ok=True)
    (folder / "courriels").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as instance, running(Path(instance)) as portal, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        shoot(folder, portal, browser)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
