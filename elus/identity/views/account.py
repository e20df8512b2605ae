"""One's own account: who one is here, and how the account stands."""

from typing import Any

from flask import render_template

from elus.identity import queries
from elus.identity.models import User
from elus.identity.views.blueprint import bp
from elus.identity.views.proof import needs_passkey
from elus.kernel.db import db
from elus.kernel.gate import Viewer, gate, member
from elus.organizations.queries import full_name, memberships_of


@bp.get("/compte")
@gate(member)
def account(who: Viewer) -> Any:
    """Name, address, assemblies, how the account stands."""
    user = db.session.get_one(User, who.user_id)
    return render_template(
        "identity/account.html",
        who=who,
        user=user,
        seats=memberships_of(who.person_id, who.day),
        ways=queries.held_by(user, needs_passkey=needs_passkey(who)).ways,
        full_name=full_name,
    )
