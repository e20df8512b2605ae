"""Gates of what belongs to the person alone (anybody else's is 404), and what the pages of security share."""

import uuid
from typing import Any

from flask import current_app, flash, redirect, url_for

from elus.config import Settings
from elus.identity import actions, queries
from elus.identity.models import Device, Passkey, Session, User
from elus.identity.views.blueprint import origin
from elus.identity.views.proof import needs_passkey
from elus.kernel import tasks
from elus.kernel.db import db, one_or_404
from elus.kernel.gate import Viewer, signed_in


def passkey(who: Viewer | None, passkey_id: uuid.UUID) -> Passkey:
    """Gate: a device unlock of one's own."""
    return one_or_404(queries.own_passkey(signed_in(who).user_id, passkey_id))


def device(who: Viewer | None, device_id: uuid.UUID) -> Device:
    """Gate: a device of one's own, lost or not."""
    return one_or_404(queries.own_device(signed_in(who).user_id, device_id))


def session(who: Viewer | None, session_id: uuid.UUID) -> Session:
    """Gate: a session of one's own, ended or not."""
    return one_or_404(queries.own_session(signed_in(who).user_id, session_id))


def held(who: Viewer) -> queries.Held:
    """The ways into the viewer's account."""
    return queries.held_by(db.session.get_one(User, who.user_id), needs_passkey=needs_passkey(who))


def acting(who: Viewer) -> actions.Acting:
    """The viewer, as the one who changes their own account."""
    return actions.Acting(who.user_id, who.session_id, origin())


def portal() -> str:
    """The address people type, as a printed sheet says it."""
    settings: Settings = current_app.extensions["elus.settings"]
    return settings.public_host


def back(told: str, message: str = "") -> Any:
    """Back to the page, which says what was done; the letter leaves meanwhile."""
    tasks.wake("letters")
    flash(message, told)
    return redirect(url_for("identity.security"), code=303)
