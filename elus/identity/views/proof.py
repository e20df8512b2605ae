"""Proving both factors again before what cannot be lightly undone; what was being sent goes on afterwards, unlost.

Answers the tablet left open on a table and the stolen cookie: neither publishes, exports proof, nor changes ways in.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, jsonify, redirect, render_template, request, url_for

from elus.config import Settings
from elus.identity import actions, passwords
from elus.identity.challenges import Act
from elus.identity.forms import SECRETS, ProofForm
from elus.identity.models import User
from elus.identity.passkeys import NotProven, read
from elus.identity.views import passkeys
from elus.identity.views.blueprint import (
    UNLOCK,
    WIDE,
    bp,
    go_on,
    onwards,
    origin,
    remember_unlock,
    safe_path,
    to_wait,
)
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import ProofFirst, Refused
from elus.kernel.gate import Viewer, gate, member, viewer
from elus.kernel.limits import limiter

FORM = "application/x-www-form-urlencoded"
PREFIX = "_proof_"
DEVICE = f"{PREFIX}passkey"
PROOFS = (DEVICE, f"{PREFIX}password", f"{PREFIX}code")


@dataclass(frozen=True)
class Ways:
    """How somebody may prove who is there: what the devices are asked, and whether password and code are accepted."""

    unlock: dict[str, Any] | None
    password: bool


@bp.route("/connexion/confirmer", methods=["GET", "POST"])
@gate(member)
def prove(who: Viewer) -> Any:
    """The page by itself: once proven, on to where one was going."""
    return redirect(onwards(), code=303) if who.fresh else _page(who, None)


@bp.post("/connexion/confirmer/demande")
@limiter.limit(WIDE)
@gate(member)
def proof_options(who: Viewer) -> Any:
    """Another challenge for a page that has been open for long."""
    return jsonify(passkeys.proving(who.user_id))


def needs_passkey(who: Viewer) -> bool:
    """Whether this installation lets somebody work by device unlock only."""
    settings: Settings = current_app.extensions["elus.settings"]
    return who.staff and settings.staff_needs_passkey


def ways_of(who: Viewer) -> Ways:
    """How this person may prove who is there."""
    user = db.session.get_one(User, who.user_id)
    unlock = passkeys.proving(who.user_id)
    typed = bool(user.password_hash and user.totp_confirmed_at)
    return Ways(unlock, typed and not (unlock and needs_passkey(who)))


def _verify() -> Any:
    """Before any view: what proves is read first, then the request goes on as if it had come fresh."""
    if request.endpoint is None or request.method != "POST" or request.mimetype != FORM:
        return None  # other bodies are left to the view, some of which read them as they come
    if not any(name in request.form for name in PROOFS):
        return None
    who = viewer()
    if who is None:
        return None
    try:
        token = _by_device(who) if request.form.get(DEVICE) else _by_password(who)
    except Refused as refused:
        return _page(who, to_wait(refused, clock.now())), 429 if refused.code == "too_many_tries" else 422
    go_on(token)
    return None


def _by_device(who: Viewer) -> str:
    """The new token once a device of this person has answered; Refused otherwise."""
    at, why = clock.now(), "device_unknown"
    try:
        answer = read(request.form[DEVICE])
        with transaction():
            opened = actions.use_passkey(
                answer,
                passkeys.site(),
                Act.PROVE,
                browser=passkeys.browser_key(),
                origin=origin(),
                at=at,
                of=who.user_id,
            )
            if opened.user_id:
                g.unlocked = True
                return actions.renew_session(who.session_id, factor="passkey", at=at)
            why = "device_expired" if opened.why == "expired" else why
    except NotProven:
        pass
    raise Refused(why)


def _by_password(who: Viewer) -> str:
    """The new token once password and code are right; the hash is computed while no transaction is open."""
    form, at = ProofForm(prefix=PREFIX), clock.now()
    if not form.validate() or not ways_of(who).password:
        raise Refused("incomplete")
    with transaction():
        password_hash = actions.try_again(who.user_id, at=at)
    if not passwords.verify(password_hash, form.password.data):
        raise Refused("wrong")
    with transaction():
        why = actions.use_code(who.user_id, form.code.data, origin=origin(), at=at)
        token = None if why else actions.renew_session(who.session_id, factor="totp", at=at)
    if token is None:
        raise Refused(why or "wrong")
    return token


def _ask(_error: ProofFirst) -> Any:
    """The proof is asked where it is missing; a program that speaks JSON is told so."""
    who = viewer()
    assert who, "the gate of the route lets nobody else in"
    if request.is_json or request.accept_mimetypes.best == "application/json":
        return jsonify(refused="proof_first"), 403
    return _page(who, None), 403


def _page(who: Viewer, problem: dict[str, Any] | None) -> str:
    """The page that asks, carrying what was being sent but for the passwords, which are typed again."""
    sent = request.method == "POST" and request.endpoint != "identity.prove"
    here = (safe_path(request.args.get("suite")) if request.endpoint == "identity.prove" else None) or (
        request.full_path.rstrip("?")
    )
    carried = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if sent and name != "csrf_token" and name not in SECRETS and not name.startswith(PREFIX)
    ]
    form = ProofForm(prefix=PREFIX) if problem else ProofForm(formdata=None, prefix=PREFIX)
    if problem and problem["code"] == "incomplete":
        form.validate()
        problem = None
    return render_template(
        "identity/proof.html",
        who=who,
        form=form,
        ways=ways_of(who),
        known=UNLOCK in request.cookies,
        problem=problem,
        action=here if sent else url_for("identity.prove", suite=here),
        carried=carried,
        typed_again=sent and not SECRETS.isdisjoint(request.form),
        device=DEVICE,
        back=_back(),
    )


def _back() -> str:
    """Where one was before, when it is a page of this site."""
    parts = urlsplit(request.referrer or "")
    if f"{parts.scheme}://{parts.netloc}" != passkeys.site().origin:
        return url_for("home.desk")
    return safe_path(parts.path) or url_for("home.desk")


def _remember(response: Any) -> Any:
    return remember_unlock(response) if g.pop("unlocked", False) else response


def install(app: Flask) -> None:
    """Read what proves before every view, and ask for it where it is missing."""
    app.before_request(_verify)
    app.after_request(_remember)
    app.register_error_handler(ProofFirst, _ask)
