"""One's own account: who one is here, and where one is signed in."""

from typing import Any

from flask import flash, redirect, render_template, url_for

from elus.identity import actions, queries
from elus.identity.models import User
from elus.identity.views.blueprint import bp
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, gate, member
from elus.organizations.queries import full_name, memberships_of


@bp.get("/compte")
@gate(member)
def account(who: Viewer) -> Any:
    """Name, address, assemblies, sessions."""
    return render_template(
        "identity/account.html",
        who=who,
        user=db.session.get_one(User, who.user_id),
        seats=memberships_of(who.person_id, who.day),
        sessions=db.session.scalars(queries.live_sessions(who.user_id, who.at)).all(),
        left=db.session.scalars(queries.codes_left(who.user_id)).one(),
        full_name=full_name,
    )


@bp.post("/compte/autres-appareils")
@gate(member)
def leave_others(who: Viewer) -> Any:
    """Sign out everywhere but here."""
    with transaction():
        actions.end_other_sessions(who.user_id, kept=who.session_id, at=clock.now())
    flash("", "others_left")
    return redirect(url_for("identity.account"), code=303)
