"""Step 2, a way in: device unlock, or a password and the code of the tablet; each page sends back to the step where one stands."""

from typing import Any

from flask import get_flashed_messages, redirect, render_template, url_for

from elus.identity import actions, passwords
from elus.identity.forms import CodeForm, PasswordForm
from elus.identity.models import User
from elus.identity.sealed import totp_secret
from elus.identity.steps import Step
from elus.identity.views import passkeys, waiting
from elus.identity.views.blueprint import bp, origin, shown_key, to_wait
from elus.identity.views.waiting import Newcomer
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate
from elus.organizations.models import Person

PAGES = {Step.WAY: "way", Step.CODE: "confirm", Step.NET: "net", Step.READY: "codes"}


@bp.get("/bienvenue/suite")
@gate(waiting.enrolling)
def resume(who: Newcomer) -> Any:
    """The page of the step where one stands."""
    return onwards(who)


def onwards(who: Newcomer) -> Any:
    """To the step where somebody stands."""
    return redirect(url_for(f"identity.{PAGES[who.step]}"), code=303)


@bp.get("/bienvenue/connexion")
@gate(waiting.enrolling)
def way(who: Newcomer) -> Any:
    """How one will sign in from now on; one may change one's mind until it is proven."""
    if who.step not in {Step.WAY, Step.CODE}:
        return onwards(who)
    return render_template(
        "identity/way.html", who=who, options=passkeys.adding(who.user_id, since=who.since), refused=refused_device()
    )


@bp.route("/bienvenue/mot-de-passe", methods=["GET", "POST"])
@gate(waiting.enrolling)
def password(who: Newcomer) -> Any:
    """A password, typed once: the way in with the code of the tablet, or the safety net with printed codes."""
    net = who.step is Step.NET and not who.ways.password
    if not net and (who.step is not Step.WAY or who.ways.needs_passkey):
        return onwards(who)
    form, user_id = PasswordForm(), who.user_id
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        person = db.session.get_one(Person, who.person_id)
        weakness = passwords.weakness(form.password.data, (person.name, who.address))
        if weakness is None:
            db.session.rollback()  # hashing is slow on purpose: nothing waits for it
            hashed = passwords.hash_password(form.password.data)
            with transaction():
                user = db.session.get_one(User, user_id)
                actions.choose_password(user, hashed, since=who.since, origin=origin(), at=clock.now())
            return redirect(url_for("identity.net" if net else "identity.confirm"), code=303)
        form.refuse(weakness)
    return render_template("identity/password.html", form=form, who=who, net=net), status


@bp.route("/bienvenue/code", methods=["GET", "POST"])
@gate(waiting.enrolling)
def confirm(who: Newcomer) -> Any:
    """The code of the tablet, saved then tried."""
    if who.step is not Step.CODE:
        return onwards(who)
    user = db.session.get_one(User, who.user_id)
    form, secret = CodeForm(), totp_secret(user) or ""
    problem: dict[str, Any] | None = None
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        at = clock.now()
        try:
            with transaction():
                right = actions.confirm_code(who.user_id, form.code.data, since=who.since, origin=origin(), at=at)
            if right:
                return redirect(url_for("identity.net"), code=303)
            problem = {"code": "wrong"}
        except Refused as refused:
            problem, status = to_wait(refused, at), 429
    return render_template(
        "identity/confirm.html", form=form, problem=problem, **shown_key(secret, who.address)
    ), status


def refused_device() -> list[str]:
    """Why the device that was just tried could not be registered."""
    return [str(code) for code in get_flashed_messages(category_filter=["passkey_refused"])]


def added_device() -> list[str]:
    """How the device that was just registered is called."""
    return [str(name) for name in get_flashed_messages(category_filter=["passkey_added"])]
