"""Public pages: help, what the law asks to show, and how the screen looks."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from elus.kernel.gate import anyone, gate, viewer
from elus.kernel.web import asset, remember_display
from elus.kernel.web import display as chosen
from elus.pages.forms import DisplayForm
from elus.pages.queries import helpers, publisher

bp = Blueprint("pages", __name__)
BUDGETS = (
    ("Connexion", 110, 5, 45, "A"),
    ("Accueil", 260, 6, 60, "A"),
    ("Réunion de 25 documents", 380, 6, 70, "A"),
    ("Réunion de 60 documents", 600, 6, 75, "B"),
    ("Accueil du secrétariat", 380, 6, 60, "A"),
    ("Contrôle avant publication", 280, 6, 55, "A"),
    ("Suivi, 50 lignes", 600, 6, 70, "B"),
)
"""Elements, requests and kilobytes of a first visit; the tests hold the pages to them."""


@bp.get("/aide")
@gate(anyone)
def help(_: None) -> Any:
    """How to do the few things one comes for, and whom to call."""
    return render_template("pages/help.html", helpers=helpers(viewer()))


@bp.get("/accessibilite")
@gate(anyone)
def accessibility(_: None) -> Any:
    """The statement of accessibility, in the official order (law 2005-102, art. 47)."""
    return render_template("pages/accessibility.html", publisher=publisher(), helpers=helpers(None))


@bp.get("/donnees-personnelles")
@gate(anyone)
def privacy(_: None) -> Any:
    """What is kept about people, why, how long, and their rights (GDPR art. 13)."""
    return render_template("pages/privacy.html", publisher=publisher())


@bp.get("/ecoconception")
@gate(anyone)
def ecodesign(_: None) -> Any:
    """The ecodesign declaration (RGESN 2024)."""
    return render_template("pages/ecodesign.html", budgets=BUDGETS)


@bp.get("/mentions-legales")
@gate(anyone)
def legal(_: None) -> Any:
    """Who publishes the portal (law 2004-575, art. 1-1)."""
    return render_template("pages/legal.html", publisher=publisher(), helpers=helpers(None))


@bp.get("/plan-du-site")
@gate(anyone)
def sitemap(_: None) -> Any:
    """Every page one may reach."""
    return render_template("pages/sitemap.html")


@bp.route("/affichage", methods=["GET", "POST"])
@gate(anyone)
def display(_: None) -> Any:
    """Theme and size of text, kept in cookies of this device."""
    form = DisplayForm(data=chosen())
    if request.method == "POST" and form.validate():
        answer = redirect(url_for("pages.display", enregistre="oui"), code=303)
        remember_display(answer, theme=form.theme.data, size=form.size.data)
        return answer
    code = 422 if form.errors else 200
    return render_template("pages/display.html", form=form, saved="enregistre" in request.args and code == 200), code


@bp.get("/robots.txt")
@gate(anyone)
def robots(_: None) -> Any:
    """No search engine comes here."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@bp.get("/favicon.ico")
@gate(anyone)
def favicon(_: None) -> Any:
    """For browsers that do not read the link in the page."""
    return redirect(asset("icon-180.png"), code=302)
