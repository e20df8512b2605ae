"""Changing what one types to enter: the password, the key of the codes, the printed codes."""

from datetime import datetime
from typing import Any

from flask import render_template

from elus.identity import actions, passwords, totp
from elus.identity.forms import NewCodeForm, NewPasswordForm, WaysForm
from elus.identity.sealed import offer, offered
from elus.identity.views.blueprint import bp, shown_key, to_wait, told
from elus.identity.views.security import own
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, fresh_act, fresh_proof, gate, member
from elus.organizations.models import Person


@bp.route("/compte/securite/mot-de-passe", methods=["GET", "POST"])
@gate(member)
@fresh_proof
def change_password(who: Viewer) -> Any:
    """Another password, or a first one; the one of now is asked too (OWASP ASVS 5.0, V6.2.3)."""
    held, at = own.held(who), clock.now()
    form, address, ways, revision = NewPasswordForm(), held.user.email, held.ways, held.revision
    problem, status = None, 422 if form.is_submitted() else 200
    if not ways.password:
        del form.current
    if form.is_submitted() and form.revision.data != revision:
        return own.back("changed_meanwhile")
    if form.validate_on_submit() and _is_strong(form, who, address):
        try:
            if _is_current(form, who, at):
                _keep_password(form, who, at)
                return own.back("password_changed")
        except Refused as refused:
            if refused.code != "too_many_tries":
                return own.back(refused.code)
            problem, status = to_wait(refused, at), 429
    form.revision.data = revision
    page = {"form": form, "address": address, "problem": problem, "ways": ways}
    return render_template("identity/new_password.html", **page), status


def _is_strong(form: NewPasswordForm, who: Viewer, address: str) -> bool:
    """Whether the new password will do; else the form says why not."""
    weakness = passwords.weakness(form.password.data, (db.session.get_one(Person, who.person_id).name, address))
    if weakness is None and "current" in form and form.password.data == form.current.data:
        weakness = "same"
    if weakness:
        form.refuse(weakness)
    return weakness is None


def _is_current(form: NewPasswordForm, who: Viewer, at: datetime) -> bool:
    """Whether the password of now is right, the try counted first; the hash is compared while no transaction is open."""
    if "current" not in form:
        return True
    with transaction():
        kept = actions.try_current_password(who.user_id, at=at)
    right = passwords.verify(kept, form.current.data)
    if not right:
        form.not_current()
    return right


def _keep_password(form: NewPasswordForm, who: Viewer, at: datetime) -> None:
    db.session.rollback()  # hashing is slow on purpose: nothing waits for it
    hashed = passwords.hash_password(form.password.data)
    with transaction():
        actions.change_password(hashed, revision=form.revision.data, by=own.acting(who), at=at)


@bp.route("/compte/securite/code", methods=["GET", "POST"])
@gate(member)
@fresh_proof
def change_code(who: Viewer) -> Any:
    """Another device or application for the codes; the former one serves until a code of the new one is right."""
    held, at = own.held(who), clock.now()
    address, revision, changes = held.user.email, held.revision, held.ways.code
    form, why = NewCodeForm(), None
    if form.is_submitted() and form.revision.data != revision:
        return own.back("changed_meanwhile")
    secret = offered(who.user_id, form.offer.data or "") or totp.new_secret()
    if form.validate_on_submit():
        try:
            with transaction():
                typed = form.code.data
                why = actions.change_code(secret, typed, revision=revision, by=own.acting(who), at=at)
        except Refused as refused:
            return own.back(refused.code)
        if why is None:
            return own.back("code_changed")
    form.offer.data, form.revision.data = offer(who.user_id, secret), revision
    page = {"form": form, "problem": why and told(why), "changes": changes, **shown_key(secret, address)}
    return render_template("identity/new_code.html", **page), 422 if form.is_submitted() else 200


@bp.route("/compte/securite/codes-de-secours", methods=["GET", "POST"])
@gate(member)
@fresh_act
def renew_codes(who: Viewer) -> Any:
    """New printed codes: a press makes them, and they are shown once, on a page made to be printed."""
    held, at = own.held(who), clock.now()
    form, address = WaysForm(), held.user.email
    if not form.validate_on_submit():
        form.revision.data = held.revision
        return render_template("identity/renew_codes.html", form=form, ways=held.ways)
    try:
        with transaction():
            codes = actions.renew_recovery_codes(revision=form.revision.data, by=own.acting(who), at=at)
    except Refused as refused:
        return own.back(refused.code)
    tasks.wake("letters")
    return render_template("identity/new_codes.html", codes=codes, who=who, address=address, at=at, portal=own.portal())
