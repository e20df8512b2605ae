"""What a first visit costs: elements, requests, kilobytes, and the EcoIndex they make (method: ecoindex.fr)."""

import gzip
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from tests.browser import places
from tests.browser.places import DESK, DRAFT, READY
from tests.browser.portal import Portal

# Twenty quantiles of the web of reference, per measure.
DOM = [0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459, 1801, 2479, 594601]
REQUESTS = [0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920]
SIZE = [
    *(0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06),
    *(2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26),
]
COMPRESSED = ("text/", "image/svg+xml", "application/manifest+json")  # as deploy/nginx.conf says


@dataclass(frozen=True)
class Cost:
    """Elements without the children of svg, requests, kB transferred (1 kB = 1000 bytes)."""

    dom: int
    requests: int
    size: float

    @property
    def score(self) -> float:
        rank = 3 * _rank(DOM, self.dom) + 2 * _rank(REQUESTS, self.requests) + _rank(SIZE, self.size)
        return 100 - 5 * rank / 6


def _rank(quantiles: list[float], value: float) -> float:
    place = bisect_right(quantiles, value)
    if place == len(quantiles):
        return len(quantiles) - 1
    low, high = quantiles[place - 1], quantiles[place]
    return place - 1 + (value - low) / (high - low)


@pytest.mark.parametrize(
    ("measured", "score"), [(Cost(100, 100, 100), 72), (Cost(240, 20, 331), 83), (Cost(2355, 267, 2493), 10)], ids=str
)
def test_the_score_is_the_one_of_the_method(measured: Cost, score: int) -> None:
    assert round(measured.score) == score


def test_sign_in_stays_light(cost: Any) -> None:
    within(cost(places.NOBODY, "/connexion"), Cost(110, 5, 45), 91)


def test_fifty_lines_of_the_journal_stay_light(cost: Any) -> None:
    within(cost(places.ADMINISTRATOR, "/journal"), Cost(340, 6, 60), 81)


def test_the_secretariat_s_home_stays_light(cost: Any) -> None:
    within(cost(places.SECRETARY, "/secretariat"), Cost(380, 6, 60), 81)


def test_the_editor_of_a_draft_stays_light(cost: Any) -> None:
    within(cost(places.SECRETARY, f"{DESK}/{DRAFT}/preparer"), Cost(640, 8, 110), 70)


def test_the_check_of_sixty_papers_stays_light(cost: Any) -> None:
    within(cost(places.SECRETARY, f"{DESK}/{READY}/controler"), Cost(280, 6, 55), 85)


def test_home_stays_light(cost: Any, departed: Any) -> None:
    within(cost(places.COUNCILLOR, "/"), Cost(260, 6, 60), 86)


def test_a_meeting_of_sixty_papers_stays_light(cost: Any, departed: Any) -> None:
    within(cost(places.COUNCILLOR, f"/reunions/{READY}"), Cost(600, 6, 75), 72)


def test_tracking_fifty_people_stays_light(cost: Any, departed: Any) -> None:
    within(cost(places.SECRETARY, f"{DESK}/{READY}/suivi"), Cost(600, 6, 70), 72)


def within(measured: Cost, budget: Cost, score: int) -> None:
    """Every measure inside its budget, and the score with them."""
    print(f"{measured} EcoIndex {measured.score:.1f}")
    assert measured.dom <= budget.dom, measured
    assert measured.requests <= budget.requests, measured
    assert measured.size <= budget.size, measured
    assert round(measured.score) >= score, measured


@pytest.fixture
def cost(portal: Portal, opened: Any, enter: Any, people: dict[str, Any]) -> Any:
    """Load a page as a first visit does: empty cache, 1920 × 1080, scrolled to its end."""

    def measured(who: str, path: str) -> Cost:
        context = opened(storage_state=enter(people[who]), viewport={"width": 1920, "height": 1080})
        page: Page = context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 — Playwright refuses a built-in
        page.goto(f"{portal.url}{path}")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        elements = page.evaluate("document.querySelectorAll('*').length - document.querySelectorAll('svg *').length")
        assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(portal.url).netloc}
        return Cost(elements, len(answers), sum(map(_transferred, answers)) / 1000)

    return measured


def _transferred(answer: Response) -> int:
    body = b"" if answer.status == 204 else answer.body()
    if answer.headers.get("content-type", "").startswith(COMPRESSED) and len(body) >= 800:
        body = gzip.compress(body, 1)
    return len(body) + answer.request.sizes()["responseHeadersSize"]
