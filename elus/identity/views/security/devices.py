"""Devices and sessions of one's own: named, closed from afar, declared lost."""

import uuid
from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy import select

from elus.identity import actions
from elus.identity.forms import NameForm, PressForm
from elus.identity.models import Device, Session
from elus.identity.views.blueprint import bp
from elus.identity.views.proof import needs_passkey
from elus.identity.views.security import own
from elus.identity.ways import why_kept
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, fresh_act, fresh_proof, gate, member, signed_in, viewer


@bp.post("/compte/securite/connexions/<uuid:session_id>/fermer")
@gate(own.session)
@fresh_proof
def close_session(session: Session) -> Any:
    """End a session, and the others of the same device; pressed twice, it is closed once."""
    who, session_id, at = signed_in(viewer()), session.id, clock.now()
    name = session.client
    with transaction():
        actions.close_session(session_id, by=own.acting(who), at=at)
    return own.back("closed", name)


@bp.post("/compte/securite/autres-appareils")
@gate(member)
@fresh_proof
def leave_others(who: Viewer) -> Any:
    """Sign out everywhere but here."""
    with transaction():
        actions.end_other_sessions(who.user_id, kept=who.session_id, at=clock.now())
    return own.back("others_left")


@bp.post("/compte/securite/tous-les-appareils")
@gate(member)
@fresh_proof
def leave_all(who: Viewer) -> Any:
    """Sign out everywhere, here too."""
    with transaction():
        actions.end_other_sessions(who.user_id, kept=None, at=clock.now())
    return redirect(url_for("identity.sign_in"), code=303)


@bp.route("/compte/securite/appareils/<uuid:device_id>", methods=["GET", "POST"])
@gate(own.device)
def device(device: Device) -> Any:
    """Give a device the name one calls it by."""
    who, device_id = signed_in(viewer()), device.id
    form = NameForm(name=device.name or device.client)
    if form.validate_on_submit():
        with transaction():
            actions.rename_device(device_id, form.name.data, by=own.acting(who), at=clock.now())
        return own.back("renamed", form.name.data)
    status = 422 if form.is_submitted() else 200
    return render_template("identity/name.html", form=form, name=device.name or device.client), status


@bp.route("/compte/securite/appareils/<uuid:device_id>/perdu", methods=["GET", "POST"])
@gate(own.device)
@fresh_act
def lost_device(device: Device) -> Any:
    """« Tablette perdue »: what will be done, the press that does it, then what to look after."""
    who, device_id, form = signed_in(viewer()), device.id, PressForm()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.lose_device(device_id, needs_passkey=needs_passkey(who), by=own.acting(who), at=clock.now())
        except Refused as refused:
            return _lost_page(device_id, refused.code), 409
        tasks.wake("letters")
        return redirect(url_for("identity.lost_device", device_id=device_id), code=303)
    return _lost_page(device_id, None)


def _lost_page(device_id: uuid.UUID, refusal: str | None) -> str:
    who = signed_in(viewer())
    held = own.held(who)
    bound = [one for one in held.passkeys if one.device_id == device_id]
    return render_template(
        "identity/lost_device.html",
        device=own.device(who, device_id),
        bound=bound,
        goes=why_kept(held.ways, count=len(bound)) is None,
        here=db.session.scalar(select(Session.device_id).where(Session.id == who.session_id)) == device_id,
        ways=held.ways,
        refusal=refusal,
    )
