"""Every screen of the portal: whose it is, where, and what brings it about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from elus.demo.coming import ANNOUNCED, DRAFT, READY
from tests.browser.portal import Portal

NOBODY, COUNCILLOR, UNSEATED, SECRETARY, ADMINISTRATOR = (
    "nobody",
    "councillor",
    "unseated",
    "secretary",
    "administrator",
)
DESK = "/secretariat/reunions"
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Place:
    """One screen; `act` is what a person does there to see it."""

    name: str
    who: str
    path: str
    act: Act | None = None

    def __str__(self) -> str:
        return self.name


def follow(selector: str) -> Act:
    """Press the first of these links."""

    def acted(page: Page) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return acted


def send(button: str, **typed: str) -> Act:
    """Type in the named fields, then press the button."""

    def acted(page: Page) -> None:
        page.eval_on_selector_all("main form", "forms => forms.forEach((form) => { form.noValidate = true; })")
        for name, value in typed.items():
            page.locator(f"main [name={name}]").first.fill(value)
        with page.expect_navigation():
            page.get_by_role("button", name=button).first.click()

    return acted


def then(first: Act, second: Act) -> Act:
    """One gesture, then another on the page it leads to."""

    def acted(page: Page) -> None:
        first(page)
        second(page)

    return acted


def known(page: Page) -> None:
    """As a tablet on which device unlock has served."""
    page.context.add_cookies([{"name": "unlock", "value": "1", "url": page.url}])
    page.reload()


PUBLIC = [
    Place("connexion", NOBODY, "/connexion"),
    Place("connexion-erreur", NOBODY, "/connexion", send("Se connecter", address="x@y.fr", password="mot de passe")),
    Place("aide", NOBODY, "/aide"),
    Place("accessibilite", NOBODY, "/accessibilite"),
    Place("donnees-personnelles", NOBODY, "/donnees-personnelles"),
    Place("ecoconception", NOBODY, "/ecoconception"),
    Place("mentions-legales", NOBODY, "/mentions-legales"),
    Place("plan-du-site", NOBODY, "/plan-du-site"),
    Place("affichage", NOBODY, "/affichage"),
    Place("introuvable", NOBODY, "/nulle-part"),
    Place("invitation-inconnue", NOBODY, "/bienvenue/inconnue"),
    Place("connexion-aide", NOBODY, "/connexion/aide"),
    Place("tablette-perdue", NOBODY, "/connexion/tablette-perdue"),
    Place("mot-de-passe-oublie", NOBODY, "/connexion/mot-de-passe-oublie"),
    Place(
        "mot-de-passe-demande",
        NOBODY,
        "/connexion/mot-de-passe-oublie",
        send("Recevoir le courriel", address="inconnu@exemple.invalid"),
    ),
    Place("lien-ferme", NOBODY, "/connexion/nouveau-mot-de-passe/inconnu"),
    Place("depannage", NOBODY, "/connexion/depannage"),
    Place("depannage-erreur", NOBODY, "/connexion/depannage", send("Continuer", address="x@y.fr", code="ABCD")),
    Place("bienvenue", NOBODY, "/bienvenue"),
    Place("bienvenue-erreur", NOBODY, "/bienvenue", send("Continuer", code="ABCD")),
    Place("connexion-tablette-connue", NOBODY, "/connexion", known),
]
BEFORE = [
    Place("accueil-annonce", COUNCILLOR, "/"),
    Place("accueil-vide", UNSEATED, "/"),
    Place("reunion-annoncee", COUNCILLOR, f"/reunions/{ANNOUNCED}"),
    Place("agenda-personnel", COUNCILLOR, "/compte/agenda"),
    Place("reunion-brouillon", SECRETARY, f"/reunions/{DRAFT}"),
    Place("secretariat", SECRETARY, "/secretariat"),
    Place("editeur", SECRETARY, f"{DESK}/{READY}/preparer"),
    Place("point", SECRETARY, f"{DESK}/{READY}/preparer", follow(".draft a")),
    Place(
        "point-erreur", SECRETARY, f"{DESK}/{DRAFT}/preparer", then(follow(".draft a"), send("Enregistrer", title=""))
    ),
    Place("controle", SECRETARY, f"{DESK}/{READY}/controler"),
    Place("publication", SECRETARY, f"{DESK}/{READY}/publier"),
]
MEANWHILE = [
    Place("recu", SECRETARY, f"{DESK}/{READY}/publier"),
    Place("suivi-avant-depart", SECRETARY, f"{DESK}/{READY}/suivi"),
    Place("nouvelle-reunion-choix", SECRETARY, f"{DESK}/nouvelle"),
    Place("nouvelle-reunion", SECRETARY, f"{DESK}/nouvelle", follow("main .todo a")),
    Place(
        "nouvelle-reunion-erreur",
        SECRETARY,
        f"{DESK}/nouvelle",
        then(follow("main .todo a"), send("Créer la réunion", day="2020-01-15")),
    ),
    Place("personnes", SECRETARY, "/secretariat/personnes"),
    Place("courriers", SECRETARY, "/secretariat/personnes/courriers"),
    Place("personnes-aucune", SECRETARY, "/secretariat/personnes?nom=Zzzz"),
    Place("compte-secretariat", SECRETARY, "/compte"),
    Place("agenda-sans-abonnement", SECRETARY, "/compte/agenda"),
    Place("aider", SECRETARY, "/secretariat/personnes", follow("td a[href$=depannage]")),
    Place(
        "aider-erreur",
        SECRETARY,
        "/secretariat/personnes",
        then(follow("td a[href$=depannage]"), send("Demander la confirmation", reason="")),
    ),
    Place("administration", ADMINISTRATOR, "/administration"),
    Place("comptes", ADMINISTRATOR, "/administration/comptes"),
    Place("comptes-aucun", ADMINISTRATOR, "/administration/comptes?vue=suspendus"),
    Place("journal", ADMINISTRATOR, "/journal"),
    Place("journal-vide", ADMINISTRATOR, "/journal?nom=personne-de-ce-nom"),
    Place("journal-du-secretariat", SECRETARY, "/journal?quoi=convocations"),
    Place("reunions", COUNCILLOR, "/reunions"),
    Place("reunion-passee", COUNCILLOR, "/reunions", follow("section:has(h2:text('Passées')) .meetings a")),
    Place("compte", COUNCILLOR, "/compte"),
    Place("securite", COUNCILLOR, "/compte/securite"),
    Place("securite-journal", COUNCILLOR, "/compte/securite/journal"),
    Place("connexion-inconnue", COUNCILLOR, "/compte/securite/connexion-inconnue"),
    Place("ajouter-un-moyen", COUNCILLOR, "/compte/securite/ajouter"),
    Place("changer-mot-de-passe", COUNCILLOR, "/compte/securite/mot-de-passe"),
    Place("changer-code", COUNCILLOR, "/compte/securite/code"),
    Place("nouveaux-codes", COUNCILLOR, "/compte/securite/codes-de-secours"),
]
AFTER = [
    Place("accueil", COUNCILLOR, "/"),
    Place("reunion", COUNCILLOR, f"/reunions/{READY}"),
    Place("enregistre", COUNCILLOR, f"/reunions/{READY}/ce-que-le-portail-enregistre"),
    Place("reunion-annulee", COUNCILLOR, "/reunions", follow("a:near(.tag:text('Annulée'))")),
    Place("secretariat-apres", SECRETARY, "/secretariat"),
    Place("editeur-publie", SECRETARY, f"{DESK}/{READY}/preparer"),
    Place("suivi", SECRETARY, f"{DESK}/{READY}/suivi"),
    Place("suivi-vide", SECRETARY, f"{DESK}/{READY}/suivi?voir=refusees"),
    Place("relance", SECRETARY, f"{DESK}/{READY}/relancer"),
    Place("remise", SECRETARY, f"{DESK}/{READY}/suivi?voir=papier", follow("td a[href*=remise]")),
    Place("modification", SECRETARY, f"{DESK}/{READY}/modifier"),
    Place("modification-erreur", SECRETARY, f"{DESK}/{READY}/modifier", send("Publier et prévenir", place="")),
    Place("annulation", SECRETARY, f"{DESK}/{READY}/annuler"),
    Place("reunion-secretariat", SECRETARY, f"/reunions/{READY}"),
]


def people(portal: Portal) -> dict[str, dict[str, Any] | None]:
    """Who looks at the screens."""
    return {
        NOBODY: None,
        COUNCILLOR: portal.seated(0),
        UNSEATED: next(one for one in portal.accounts if len(one["organizations"]) == 1),
        SECRETARY: portal.account("secrétariat", "Conseil communautaire"),
        ADMINISTRATOR: portal.account("administrateur"),
    }
