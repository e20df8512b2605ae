"""When one cannot enter: what to do, and another password by a mailed link and the second factor."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, url_for

from elus.identity import actions, passwords
from elus.identity.forms import AddressForm, ResetForm
from elus.identity.models import PasswordReset, User
from elus.identity.views import waiting
from elus.identity.views.blueprint import WIDE, bp, origin, to_wait, told
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import anyone, gate
from elus.kernel.limits import limiter
from elus.organizations.models import Person


@bp.get("/connexion/aide")
@gate(anyone)
def trouble(_: None) -> str:
    """« Je n’arrive pas à me connecter »: what each lost thing leads to."""
    return render_template("identity/trouble.html")


@bp.get("/connexion/tablette-perdue")
@gate(anyone)
def lost_tablet(_: None) -> str:
    """« J’ai perdu ma tablette »: close it from elsewhere, come back in, whom to call."""
    return render_template("identity/lost_tablet.html")


@bp.route("/connexion/mot-de-passe-oublie", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(anyone)
def forgotten(_: None) -> Any:
    """Ask for the link; nothing here looks whether the address is known, the worker does."""
    form = AddressForm()
    if form.validate_on_submit():
        with transaction():
            actions.ask_reset(form.address.data, at=clock.now())
        tasks.wake("resets")
        flash("", "reset_asked")
        return redirect(url_for("identity.forgotten"), code=303)
    return render_template("identity/forgotten.html", form=form), 422 if form.is_submitted() else 200


@bp.route("/connexion/nouveau-mot-de-passe/<token>", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(waiting.resetting)
def reset(found: PasswordReset | None) -> Any:
    """What a mailed link shows; the new password asks for a code too, and opens nothing by itself."""
    if found is None:
        return _closed(404)
    if not actions.is_open(found, clock.now()):
        return _closed(410)
    form, problem, reset_id = ResetForm(), None, found.id
    status = 422 if form.is_submitted() else 200
    address, name = _whose(found)
    if form.validate_on_submit():
        weakness = passwords.weakness(form.password.data, (name, address))
        if weakness:
            form.refuse(weakness)
        else:
            problem, status = _choose(reset_id, form)
            if problem is None:
                return render_template("identity/reset_done.html")
            if problem["code"] == "ended":
                return _closed(410)
    return render_template("identity/reset.html", form=form, problem=problem, address=address), status


def _choose(reset_id: uuid.UUID, form: ResetForm) -> tuple[dict[str, Any] | None, int]:
    """Why the password was not kept, with the status; None once it is. The hash is made while no transaction is open."""
    db.session.rollback()
    hashed, at = passwords.hash_password(form.password.data), clock.now()
    try:
        with transaction():
            why = actions.reset_password(reset_id, hashed, form.code.data, origin=origin(), at=at)
    except Refused as refused:
        return to_wait(refused, at), 429
    if why is None:
        tasks.wake("letters")
        return None, 200
    return told(why), 422


def _whose(found: PasswordReset) -> tuple[str, str]:
    user = db.session.get_one(User, found.user_id)
    return user.email, db.session.get_one(Person, user.person_id).name


def _closed(status: int) -> tuple[str, int]:
    return render_template("identity/reset_closed.html", expired=status == 410), status
