"""Device unlocks of one's own: named, removed, never the last way in."""

from typing import Any

from flask import render_template

from elus.identity import actions
from elus.identity.forms import NameForm, WaysForm
from elus.identity.models import Passkey
from elus.identity.views.blueprint import bp
from elus.identity.views.proof import needs_passkey
from elus.identity.views.security import own
from elus.identity.ways import why_kept
from elus.kernel import clock
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import fresh_act, gate, signed_in, viewer


@bp.route("/compte/securite/moyens/<uuid:passkey_id>", methods=["GET", "POST"])
@gate(own.passkey)
def passkey(passkey: Passkey) -> Any:
    """Give a device unlock the name one calls it by."""
    who, passkey_id, name = signed_in(viewer()), passkey.id, passkey.name
    form = NameForm(name=name)
    if form.validate_on_submit():
        with transaction():
            actions.rename_passkey(who.user_id, passkey_id, form.name.data, at=clock.now())
        return own.back("renamed", form.name.data)
    return render_template("identity/name.html", form=form, name=name), 422 if form.is_submitted() else 200


@bp.route("/compte/securite/moyens/<uuid:passkey_id>/retirer", methods=["GET", "POST"])
@gate(own.passkey)
@fresh_act
def remove_passkey(passkey: Passkey) -> Any:
    """What removing it means, then the press that does it; the page says why when it may not go."""
    who, passkey_id, name = signed_in(viewer()), passkey.id, passkey.name
    held = own.held(who)
    form, ways, revision = WaysForm(), held.ways, held.revision
    refusal, status = why_kept(ways), 200
    if form.validate_on_submit():
        try:
            with transaction():
                actions.drop_passkey(
                    passkey_id,
                    needs_passkey=needs_passkey(who),
                    revision=form.revision.data,
                    by=own.acting(who),
                    at=clock.now(),
                )
            return own.back("passkey_removed", name)
        except Refused as refused:
            if refused.code in {"changed_meanwhile", "being_rescued"}:
                return own.back(refused.code)
            refusal, status = refused.code, 409
    form.revision.data = revision
    page = {"form": form, "name": name, "refusal": refusal, "ways": ways}
    return render_template("identity/remove_passkey.html", **page), status
