"""Signing in, in two steps, and out (screens C1 and C1b)."""

from datetime import datetime
from typing import Any

from flask import get_flashed_messages, redirect, render_template, request, url_for
from flask import session as cookie
from flask_login import logout_user

from elus.identity import actions, passwords, queries
from elus.identity.forms import CodeForm, RecoveryForm, SignInForm
from elus.identity.models import User
from elus.identity.views import passkeys, waiting
from elus.identity.views.blueprint import (
    UNLOCK,
    WIDE,
    bp,
    come_back,
    enter,
    keep,
    onwards,
    origin,
    safe_path,
    to_wait,
    told,
)
from elus.identity.views.provider import leaving
from elus.identity.views.waiting import Pending
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, anyone, gate, member, viewer
from elus.kernel.limits import limiter

STEPS = {"totp": "code", "recovery_code": "recovery"}


@bp.route("/connexion", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(anyone)
def sign_in(_: None) -> Any:
    """The first step; known or not, an address gets the same answer in the same time."""
    if viewer():
        return redirect(onwards())
    form, problem = SignInForm(), None
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            if token := _prove_password(form, clock.now()):
                keep(waiting.PENDING, token)
                return redirect(url_for("identity.code", suite=safe_path(request.args.get("suite"))))
            problem = told("wrong")
        except Refused as refused:
            problem, status = to_wait(refused, clock.now()), 429
    said = get_flashed_messages(category_filter=["unlock"])
    return render_template(
        "identity/sign_in.html",
        form=form,
        problem=problem or ({"code": f"device_{said[0]}"} if said else None),
        options=passkeys.entering(),
        known=UNLOCK in request.cookies,
    ), status


def _prove_password(form: SignInForm, at: datetime) -> str | None:
    """The token of the pending session; the hash is computed while no transaction is open."""
    here = origin()
    with transaction():
        attempt = actions.try_password(form.address.data, origin=here, at=at)
    right = passwords.verify(attempt.password_hash, form.password.data)
    if not right or attempt.user_id is None:
        with transaction():
            actions.refuse_password(attempt, origin=here, at=at)
        return None
    stronger = None
    if attempt.password_hash and passwords.must_rehash(attempt.password_hash):
        stronger = passwords.hash_password(form.password.data)
    with transaction():
        if stronger:
            actions.set_password(db.session.get_one(User, attempt.user_id), stronger)
        return actions.open_pending(attempt.user_id, origin=here, long_lived=bool(form.stay.data), at=at)


@bp.route("/connexion/code", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(waiting.pending_session)
def code(pending: Pending) -> Any:
    """The second step: the code of the tablet; whoever has device unlock and printed codes has no such code."""
    if not pending.code:
        return redirect(url_for("identity.recovery", suite=_suite()))
    answer = _second_step(pending, "totp", CodeForm())
    return answer or redirect(onwards())


@bp.route("/connexion/secours", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(waiting.pending_session)
def recovery(pending: Pending) -> Any:
    """The second step without the tablet: a printed code, once."""
    answer = _second_step(pending, "recovery_code", RecoveryForm())
    return answer or redirect(url_for("identity.recovered", suite=_suite()))


@bp.get("/connexion/secours/reste")
@gate(member)
def recovered(who: Viewer) -> Any:
    """How many printed codes are left, then onwards."""
    left = db.session.scalars(queries.codes_left(who.user_id)).one()
    return render_template("identity/recovered.html", left=left, onwards=onwards())


@bp.post("/deconnexion")
@gate(anyone)
def sign_out(_: None) -> Any:
    """End the session for every copy of its cookie; this browser forgets it even when that cannot be written down."""
    who = viewer()
    logout_user()
    cookie.clear()
    if who:
        with transaction():
            actions.end_session(who.session_id, at=clock.now())
    return redirect(leaving.next_page(), code=303)


def _second_step(pending: Pending, factor: str, form: CodeForm | RecoveryForm) -> Any:
    """The page of the second step, or None once this browser is signed in."""
    problem, status, at = None, 422 if form.is_submitted() else 200, clock.now()
    if form.validate_on_submit():
        try:
            with transaction():
                proof = actions.prove(pending.user_id, factor, form.code.data, origin=origin(), at=at)
                token = None if proof.why else _complete(pending, factor, proof.tries, at)
            if token:
                come_back(token, pending.stays) if proof.known else enter(token)
                return None
            problem = told(proof.why or "wrong")
        except Refused as refused:
            problem, status = to_wait(refused, at), 429
    return render_template(
        f"identity/{STEPS[factor]}.html", form=form, problem=problem, suite=_suite(), pending=pending
    ), status


def _complete(pending: Pending, factor: str, tries: int, at: datetime) -> str:
    """From the pending session to a new one; staff never stay connected for thirty days (decision 9)."""
    if not actions.end_pending(pending.session_id, at=at):
        raise Refused("ended")
    return actions.start_session(
        pending.user_id,
        factor=factor,
        origin=origin(),
        long_lived=pending.stays,
        standing=pending.standing,
        tries=tries,
        at=at,
    )


def _suite() -> str | None:
    return safe_path(request.args.get("suite"))
