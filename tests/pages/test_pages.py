"""Public pages: open to all, honest, and the display kept on the device."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from elus.organizations.contact import forget
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[[Person], Browser]
PAGES = (
    "/aide",
    "/accessibilite",
    "/donnees-personnelles",
    "/ecoconception",
    "/mentions-legales",
    "/plan-du-site",
    "/affichage",
)


@pytest.mark.parametrize("page", PAGES)
def test_strangers_and_members_read_it_even_on_an_empty_installation(
    app: Flask, sign_in: SignIn, browser: Browser, page: str
) -> None:
    assert browser.get(page).status_code == 200
    assert sign_in(make.member()).get(page).status_code == 200
    assert browser.open(page, method="HEAD").status_code == 200


def test_help_names_the_people_one_may_call(app: Flask, sign_in: SignIn, browser: Browser) -> None:
    community = make.body(helper_name="Mme Dominique Fictive", helper_phone="05 36 49 00 00")
    commune = make.body("Thénezay", "commune_lt_3500", group_id=community.id, helper_name="M. Alix Fictif")
    forget()
    stranger = browser.get("/aide").text
    assert "Mme Dominique Fictive" in stranger
    assert "M. Alix Fictif" not in stranger
    mine = sign_in(make.member(make.organization("Conseil municipal", of=commune))).get("/aide").text
    assert "M. Alix Fictif" in mine
    assert "Mme Dominique Fictive" in mine
    forget()


def test_the_statement_of_accessibility_follows_the_official_order(browser: Browser) -> None:
    page = browser.get("/accessibilite").text
    assert "<strong>non conforme</strong>" in page
    order = [
        "s’engage à rendre",
        "schéma pluriannuel",
        "État de conformité",
        "Résultats des tests",
        "Contenus non accessibles",
        "Établissement de cette déclaration",
        "Technologies utilisées",
        "Environnement de test",
        "Outils de vérification",
        "Pages vérifiées",
        "Retour d’information et contact",
        "Voies de recours",
    ]
    places = [page.index(words) for words in order]
    assert places == sorted(places)


def test_the_display_is_kept_in_cookies_of_the_device(browser: Browser) -> None:
    response = browser.submit("/affichage", {"theme": "cream", "size": "150"})
    assert response.status_code == 303
    page = browser.follow(response).text
    assert 'data-theme="cream"' in page
    assert 'data-size="150"' in page
    assert "C’est enregistré" in page
    browser.submit("/affichage", {"theme": "auto", "size": "100"})
    assert 'data-theme="auto"' in browser.get("/aide").text


@pytest.mark.parametrize("data", [{"theme": "rose", "size": "100"}, {"theme": "dark", "size": "999"}, {}])
def test_a_display_that_does_not_exist_is_refused(browser: Browser, data: dict[str, str]) -> None:
    response = browser.submit("/affichage", data)
    assert response.status_code in (422, 303)
    if data:
        assert response.status_code == 422
        assert 'role="alert"' in response.text


def test_forged_cookies_change_nothing(browser: Browser) -> None:
    browser.client.set_cookie("theme", '"><script>', domain="localhost")
    assert 'data-theme="auto"' in browser.get("/aide").text


def test_robots_stay_out_and_the_icon_is_found(browser: Browser) -> None:
    assert browser.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert browser.get("/favicon.ico").headers["Location"].endswith("/icon-180.png")


def test_every_page_is_on_the_map(browser: Browser) -> None:
    page = browser.get("/plan-du-site").text
    assert set(re.findall(r'href="(/[a-z-]+)"', page)) >= set(PAGES) - {"/plan-du-site"}
