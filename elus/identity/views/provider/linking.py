"""Linking a provider's account to one's own: proven on both sides, shown, then pressed; and unlinking.

The page that asks carries what was proven, sealed for this account: an account of somebody else, slipped in at the provider, is
seen before it opens anything.
"""

import base64
import json
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Response, flash, make_response, redirect, render_template
from sqlalchemy import select

from elus.config import Settings
from elus.identity import actions
from elus.identity.forms import ProvenForm
from elus.identity.models import ExternalIdentity
from elus.identity.provider import states
from elus.identity.provider.states import Flow
from elus.identity.provider.unproven import Unproven
from elus.identity.views.blueprint import bp, origin
from elus.identity.views.provider.gates import linker, settings_in_force
from elus.kernel import clock
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, fresh_proof, gate, viewer

SECURITY = "/compte/securite"
TWO_CLOCKS = timedelta(minutes=1)


def insist_on_now(proven_at: datetime | None, flow: Flow) -> None:
    """To link, the provider asks again who one is: a session left open there is not enough."""
    if proven_at is not None and proven_at < flow.issued_at - TWO_CLOCKS:
        raise Unproven("again", "signed in there before")


def ask(settings: Settings, subject: str, label: str, *, who: Viewer, at: datetime) -> Response:
    """Show which account would be linked; only the press links it."""
    until = at + states.VALID
    content = json.dumps([secrets.token_urlsafe(16), int(until.timestamp()), subject]).encode()
    sealed = base64.urlsafe_b64encode(keyring().seal(content, _binding(settings, who.user_id))).decode()
    form = ProvenForm(formdata=None, data={"proven": sealed})
    return make_response(
        render_template("identity/provider_link.html", form=form, label=label, name=settings.oidc_name)
    )


@bp.post("/compte/securite/fournisseur/relier")
@gate(linker)
@fresh_proof
def confirm_provider(who: Viewer) -> Any:
    """Link what was proven a moment ago, once."""
    settings = settings_in_force()
    form, at = ProvenForm(), clock.now()
    proven = _opened(form.proven.data or "", settings, who, at) if form.validate() else None
    if proven is None:
        return _told("stale")
    once, until, subject = proven
    by = actions.Acting(who.user_id, who.session_id, origin())
    try:
        with transaction():
            if not actions.spend(once, expires_at=until):
                raise Refused("stale")
            actions.link_provider(settings.oidc_issuer or "", subject, by=by, provider=settings.oidc_name, at=at)
    except Refused as refused:
        return _told(refused.code)
    return _told("linked")


@bp.post("/compte/securite/fournisseur/retirer")
@gate(linker)
@fresh_proof
def unlink_provider(who: Viewer) -> Any:
    """That account no longer opens this one."""
    settings = settings_in_force()
    by = actions.Acting(who.user_id, who.session_id, origin())
    with transaction():
        actions.unlink_provider(settings.oidc_issuer or "", by=by, provider=settings.oidc_name, at=clock.now())
    return _told("unlinked")


def linked() -> ExternalIdentity | None:
    """The provider's account linked to whoever looks."""
    settings = settings_in_force()
    who = viewer()
    if who is None or not settings.provider_open:
        return None
    return db.session.scalars(
        select(ExternalIdentity).where(
            ExternalIdentity.user_id == who.user_id, ExternalIdentity.issuer == settings.oidc_issuer
        )
    ).first()


def _told(code: str) -> Any:
    flash(code, "provider")
    return redirect(SECURITY, code=303)


def _opened(sealed: str, settings: Settings, who: Viewer, at: datetime) -> tuple[str, datetime, str] | None:
    """What the page carried, if it was made for this account less than ten minutes ago."""
    try:
        content = keyring().open(base64.urlsafe_b64decode(sealed), _binding(settings, who.user_id))
    except (Damaged, ValueError):
        return None
    once, until, subject = json.loads(content)
    ends = datetime.fromtimestamp(until, at.tzinfo)
    return (once, ends, subject) if at < ends else None


def _binding(settings: Settings, user_id: uuid.UUID) -> bytes:
    return f"elus/v1|external_identity|{settings.oidc_issuer}|{user_id}|proven".encode()
