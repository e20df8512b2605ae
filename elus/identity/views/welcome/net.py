"""Step 3, a safety net: a second device, or a password and eight printed codes; then the account opens."""

from typing import Any

from flask import redirect, render_template, url_for

from elus.identity import actions
from elus.identity.forms import PressForm
from elus.identity.models import User
from elus.identity.steps import Step
from elus.identity.views import passkeys, waiting
from elus.identity.views.blueprint import bp, enter, origin, standing_of
from elus.identity.views.security import own
from elus.identity.views.waiting import Newcomer
from elus.identity.views.welcome.ways import added_device, onwards, refused_device
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate
from elus.organizations.models import Person


@bp.get("/bienvenue/filet")
@gate(waiting.enrolling)
def net(who: Newcomer) -> Any:
    """What to have at home in case the tablet is lost."""
    if who.step is not Step.NET:
        return onwards(who)
    return render_template(
        "identity/net.html",
        who=who,
        options=passkeys.adding(who.user_id, since=who.since),
        refused=refused_device(),
        added=added_device(),
    )


@bp.route("/bienvenue/codes-de-secours", methods=["GET", "POST"])
@gate(waiting.enrolling)
def codes(who: Newcomer) -> Any:
    """The printed codes, shown once by a press; coming back, a press makes new ones or opens the account."""
    wanted = who.ways.password and who.step in {Step.NET, Step.READY}
    if not wanted and who.step is not Step.READY:
        return onwards(who)
    form, made, user_id = PressForm(), list[str](), who.user_id
    if form.validate_on_submit() and wanted:
        with transaction():
            made = actions.print_codes(user_id, at=clock.now())
    elif who.step is Step.NET:
        return onwards(who)
    return render_template(
        "identity/codes.html",
        codes=made,
        who=who,
        name=db.session.get_one(Person, who.person_id).name,
        portal=own.portal(),
        at=clock.now(),
        added=added_device(),
    )


@bp.post("/bienvenue/pret")
@gate(waiting.enrolling)
def finish(who: Newcomer) -> Any:
    """The net is there: the account opens, and this browser is signed in."""
    if who.step is not Step.READY:
        return onwards(who)
    try:
        with transaction():
            token = _open(who)
    except Refused:
        return onwards(who)
    enter(token)
    return redirect(url_for("identity.icon"), code=303)


def _open(who: Newcomer) -> str:
    at = clock.now()
    user = db.session.get_one(User, who.user_id)
    actions.activate(user, since=who.since, at=at)
    if who.session_id and not actions.end_session(who.session_id, because="rescued", at=at):
        raise Refused("ended")
    factor = "passkey" if who.ways.passkeys else "totp"
    return actions.start_session(
        user.id, factor=factor, origin=origin(), long_lived=False, standing=standing_of(user, at), at=at
    )
