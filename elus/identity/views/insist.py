"""Secretariats and administrators of a real installation enter by device unlock: until they do, nothing else opens.

Answers the phisher who gets a password and a code from an agent in a hurry (ANSSI: 66 of 218 incidents begin in a mailbox).
"""

from typing import Any

from flask import Flask, current_app, get_flashed_messages, jsonify, redirect, render_template, request, url_for

from elus.identity import queries
from elus.identity.views import passkeys, proof
from elus.identity.views.blueprint import bp, onwards, safe_path
from elus.kernel.db import db
from elus.kernel.gate import Viewer, anyone, gate, member, viewer
from elus.kernel.web import static_name

OPEN = {"identity.insist", "identity.prove"}
ADDING = {"identity.add_passkey", "identity.passkey_options"}


@bp.route("/connexion/appareil/obligatoire", methods=["GET", "POST"])
@gate(member)
def insist(who: Viewer) -> Any:
    """Enter with the device unlock one has, or add the first one."""
    if not _lacking(who):
        return redirect(onwards(), code=303)
    has = _has(who)
    return render_template(
        "identity/insist.html",
        has=has,
        options=passkeys.proving(who.user_id) if has else passkeys.adding(who.user_id) if who.fresh else None,
        device=proof.DEVICE,
        suite=safe_path(request.args.get("suite")),
        refused=get_flashed_messages(category_filter=["passkey_refused"]),
    )


def _lead() -> Any:
    """Before every view but the public ones: whoever must enter by device unlock and did not goes to that page."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint in OPEN or getattr(view, "gate", None) in (anyone, static_name):
        return None
    who = viewer()
    if who is None or not _lacking(who) or (request.endpoint in ADDING and not _has(who)):
        return None
    if request.is_json or request.accept_mimetypes.best == "application/json":
        return jsonify(refused="passkey_first"), 403
    suite = safe_path(request.full_path.rstrip("?")) if request.method == "GET" else None
    return redirect(url_for("identity.insist", suite=suite), code=303)


def _lacking(who: Viewer) -> bool:
    return proof.needs_passkey(who) and who.factor != "passkey"


def _has(who: Viewer) -> bool:
    return bool(db.session.scalar(queries.has_passkey(who.user_id)))


def install(app: Flask) -> None:
    """Stand before every view, after what proves has been read."""
    app.before_request(_lead)
