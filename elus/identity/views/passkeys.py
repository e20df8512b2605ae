"""Device unlock on the pages: what a device is asked, and what its answer opens (screens C1, C2 and C9)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask import session as cookie
from flask_wtf.csrf import generate_csrf

from elus.config import Settings
from elus.identity import actions, challenges, queries
from elus.identity.challenges import Act
from elus.identity.models import Passkey, User
from elus.identity.passkeys import Holder, Known, NotProven, Site, creation_options, read, request_options
from elus.identity.views import waiting
from elus.identity.views.blueprint import (
    WIDE,
    bp,
    enter,
    go_on,
    onwards,
    origin,
    remember_unlock,
    safe_path,
    standing_of,
)
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import ProofFirst, Refused
from elus.kernel.gate import Viewer, anyone, gate, viewer
from elus.kernel.limits import limiter
from elus.organizations.models import Person


@dataclass(frozen=True)
class Adder:
    """Who may add a device unlock: somebody who proved both factors a moment ago, or who is setting an account up."""

    user_id: uuid.UUID
    session_id: uuid.UUID | None = None  # of a viewer
    since: datetime | None = None  # of a rescue: what is older no longer counts


def adder(who: Viewer | None, **url: Any) -> Adder:
    """Gate: a viewer freshly proven, else whoever started an invitation or a rescue on this browser."""
    if who is None:
        newcomer = waiting.enrolling(who, **url)
        return Adder(newcomer.user_id, since=newcomer.since)
    if not who.fresh:
        raise ProofFirst
    return Adder(who.user_id, who.session_id)


@bp.post("/connexion/appareil")
@limiter.limit(WIDE)
@gate(anyone)
def unlock(_: None) -> Any:
    """The device answers for both factors; whatever is wrong, one sentence says to come in otherwise."""
    if viewer():
        return redirect(onwards(), code=303)
    at, why = clock.now(), "unknown"
    try:
        answer = read(request.form.get("credential", ""))
        with transaction():
            opened = actions.use_passkey(answer, site(), Act.ENTER, browser=browser_key(), origin=origin(), at=at)
            why = opened.why or ""
            token = _start(opened.user_id) if opened.user_id else None
        if token:
            where = onwards()
            enter(token)
            return remember_unlock(redirect(where, code=303))
    except NotProven:
        pass
    flash("expired" if why == "expired" else "unknown", "unlock")
    return redirect(url_for("identity.sign_in", suite=safe_path(request.args.get("suite"))), code=303)


def _start(user_id: uuid.UUID) -> str:
    at = clock.now()
    standing, stay = standing_of(db.session.get_one(User, user_id), at), bool(request.form.get("stay"))
    return actions.start_session(user_id, factor="passkey", origin=origin(), long_lived=stay, standing=standing, at=at)


@bp.post("/connexion/appareil/demande")
@limiter.limit(WIDE)
@gate(anyone)
def unlock_options(_: None) -> Any:
    """Another challenge for a sign-in page that has been open for long."""
    return jsonify(entering())


@bp.post("/compte/securite/appareils/demande")
@limiter.limit(WIDE)
@gate(adder)
def passkey_options(owner: Adder) -> Any:
    """Another challenge for a page that has been open for long."""
    return jsonify(adding(owner.user_id, since=owner.since))


@bp.post("/compte/securite/appareils/ajouter")
@limiter.limit(WIDE)
@gate(adder)
def add_passkey(owner: Adder) -> Any:
    """Register the device unlock this browser has just made; the next page says it, or why not."""
    try:
        answer = read(request.form.get("credential", ""))
        with transaction():
            added = actions.register_passkey(
                owner.user_id,
                answer,
                site(),
                browser=browser_key(),
                name=request.form.get("name", ""),
                origin=origin(),
                at=clock.now(),
                kept=owner.session_id,
            )
            name, token = added.name, _proven(owner)
    except NotProven:
        flash("wrong", "passkey_refused")
        return redirect(_after(owner), code=303)
    except Refused as refused:
        flash(refused.code, "passkey_refused")
        return redirect(_after(owner), code=303)
    if token:
        go_on(token)
    flash(name, "passkey_added")
    return remember_unlock(redirect(_after(owner), code=303))


def _proven(owner: Adder) -> str | None:
    """Whoever adds a device unlock has just proven it: a session goes on under another token, a rescue is over."""
    at = clock.now()
    if owner.session_id is None:
        actions.confirm_new_way(owner.user_id, since=owner.since, at=at)
        return None
    return actions.renew_session(owner.session_id, factor="passkey", at=at)


def _after(owner: Adder) -> str:
    if owner.session_id is None:
        return url_for("identity.resume")
    return safe_path(request.form.get("suite")) or url_for("identity.security")


def entering() -> dict[str, Any]:
    """What any device is asked on the sign-in page."""
    return request_options(site(), challenges.new(Act.ENTER, browser_key(), at=clock.now()))


def adding(user_id: uuid.UUID, *, since: datetime | None = None) -> dict[str, Any]:
    """What a device is asked to make for an account, but for the second time; after a rescue older ones do not count."""
    user = db.session.get_one(User, user_id)
    person = db.session.get_one(Person, user.person_id)
    challenge = challenges.new(Act.ADD, browser_key(), at=clock.now(), about=user_id)
    return creation_options(site(), Holder(user_id, user.email, person.name), challenge, _known(user_id, since))


def proving(user_id: uuid.UUID) -> dict[str, Any] | None:
    """What the devices of an account are asked to prove who is there; None when it has none."""
    known = _known(user_id)
    challenge = challenges.new(Act.PROVE, browser_key(), at=clock.now(), about=user_id)
    return request_options(site(), challenge, known) if known else None


def _known(user_id: uuid.UUID, since: datetime | None = None) -> list[Known]:
    found: list[Passkey] = list(db.session.scalars(queries.passkeys_of(user_id)))
    return [
        Known(passkey.credential_id, tuple(map(str, passkey.transports)))
        for passkey in found
        if since is None or passkey.created_at >= since
    ]


def site() -> Site:
    """Where this installation is, by its settings."""
    settings: Settings = current_app.extensions["elus.settings"]
    return Site.of(settings.public_url)


def browser_key() -> str:
    """What this browser alone keeps: a challenge asked by another one is worth nothing here."""
    generate_csrf()
    return str(cookie["csrf_token"])
