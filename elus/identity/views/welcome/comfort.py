"""Step 4, comfort: an icon, the size of the text, the calendar; each can be skipped, none is asked again."""

from typing import Any

from flask import redirect, render_template, request, url_for

from elus.calendars.actions import create_feed
from elus.calendars.addresses import subscribe_url
from elus.calendars.queries import current_feed, token_of
from elus.identity.queries import last_invitation_used
from elus.identity.views.blueprint import bp
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, gate, member
from elus.kernel.web import display, remember_display
from elus.pages.forms import DisplayForm

LONGEST_TOLD = 60  # minutes: beyond, it was done in several times


@bp.get("/bienvenue/icone")
@gate(member)
def icon(who: Viewer) -> Any:
    """The portal on the home screen, pictured for this device first."""
    return render_template("identity/icon.html", platform=_platform())


@bp.route("/bienvenue/texte", methods=["GET", "POST"])
@gate(member)
def text(who: Viewer) -> Any:
    """The size of the text, tried on this very page."""
    form = DisplayForm(data=display())
    if form.is_submitted() and form.validate():
        answer = redirect(url_for("identity.text", essai="oui"), code=303)
        remember_display(answer, size=form.size.data)
        return answer
    return render_template("identity/text.html", form=form, tried="essai" in request.args), 422 if form.errors else 200


@bp.route("/bienvenue/agenda", methods=["GET", "POST"])
@gate(member)
def calendar(who: Viewer) -> Any:
    """One's meetings in the calendar of the tablet: a press makes the secret address, a touch subscribes."""
    person_id = who.person_id
    found = current_feed(person_id)
    if request.method == "POST":
        if found is None:
            with transaction():
                create_feed(person_id, clock.now())
        return redirect(url_for("identity.calendar"), code=303)
    return render_template("identity/calendar.html", subscribe=subscribe_url(token_of(found)) if found else None)


@bp.get("/bienvenue/pret")
@gate(member)
def ready(who: Viewer) -> Any:
    """It is done; how long it took."""
    minutes = None
    used = db.session.scalars(last_invitation_used(who.user_id)).first()
    if used and used.started_at and used.used_at:
        minutes = max(1, round((used.used_at - used.started_at).total_seconds() / 60))
    return render_template("identity/ready.html", minutes=minutes if minutes and minutes <= LONGEST_TOLD else None)


def _platform() -> str:
    """The kind of device, as far as its pictures go; an iPad says it is a Macintosh."""
    agent = request.headers.get("User-Agent", "")
    if any(name in agent for name in ("iPad", "iPhone")) or ("Macintosh" in agent and "Version/" in agent):
        return "apple"
    return "android" if "Android" in agent else "computer"
