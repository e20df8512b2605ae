"""What a page must never show, whoever looks: an axe violation, a clipped width, an error in the console, a foreign host."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {390: 844, 820: 1180, 1440: 900}
RUN = """async (tags) => {
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  const told = (rule, node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.any.concat(node.all)[0]?.message ?? ""}`;
  return found.violations.flatMap((rule) => rule.nodes.map((node) => told(rule, node)));
}"""
# French typography: what the eye reads, element by element, code and typed fields apart.
SPACING = """() => {
  const wrong = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  const lines = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode;
    if (element.closest("code, script, template, svg, select, textarea, .code")) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    if (element.matches("b, i, strong, span, em, small, a") && element.parentElement.closest("p, li, h1, h2, h3, td")) continue;
    lines.add(element.textContent.replace(/[ \\n\\t]+/g, " "));
  }
  const faults = /.{0,25}(?: [:;?!»]|« |[a-zà-ü]'[a-zà-ü]|(?<=\\d) h \\d|(?<=\\d) (?:Mo|ko)\\b)(?!\\S*\\/\\/).{0,15}/gi;
  for (const line of lines) for (const found of line.matchAll(faults)) wrong.push(found[0]);
  return wrong;
}"""
SHAPE = """() => ({
  title: document.title,
  lang: document.documentElement.lang,
  h1: document.querySelectorAll("h1").length,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


@dataclass
class Watch:
    """Everything a page complains of while it lives: errors, refused resources, requests to somebody else."""

    host: str
    complaints: list[str] = field(default_factory=list)

    def on(self, page: Page) -> "Watch":
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._request)
        return self

    def _console(self, message: ConsoleMessage) -> None:
        answered = "Failed to load resource" in message.text and "status of 4" in message.text
        if message.type in ("error", "warning") and not answered:
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.complaints.append(f"request elsewhere: {request.url}")


def violations(page: Page) -> list[str]:
    """What axe finds at the three widths, light and dark, without loading the page again."""
    found: list[str] = []
    page.evaluate(AXE)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            found += [f"{width} {theme} {line}" for line in page.evaluate(RUN, TAGS)]
    page.emulate_media(color_scheme="light")
    return found


def faults(page: Page) -> list[str]:
    """Title, language, one h1, nothing wider than the window at 320 px, French typography."""
    page.set_viewport_size({"width": 320, "height": 640})
    shape: dict[str, Any] = page.evaluate(SHAPE)
    wrong = [f"typography: {line}" for line in page.evaluate(SPACING)]
    if shape["wide"] > 0:
        wrong.append(f"{shape['wide']} px wider than a window of 320 px")
    if shape["h1"] != 1:
        wrong.append(f"{shape['h1']} h1")
    if shape["lang"] != "fr" or not shape["title"].endswith(" – Élus"):
        wrong.append(f"head: {shape}")
    return wrong
