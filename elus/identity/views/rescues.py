"""Coming back in with a code that the secretariat gave after checking who one is."""

from typing import Any

from flask import redirect, render_template, url_for

from elus.identity.forms import RescueForm
from elus.identity.views import waiting
from elus.identity.views.blueprint import WIDE, bp, keep, origin, to_wait
from elus.kernel import clock, tasks
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import anyone, gate
from elus.kernel.limits import limiter
from elus.organizations.rescues import actions as rescues


@bp.route("/connexion/depannage", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(anyone)
def rescue(_: None) -> Any:
    """Address and code; known or not, the same answer after the same work. It opens the choice of new ways in, nothing else."""
    form = RescueForm()
    problem: dict[str, Any] | None = None
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        at = clock.now()
        try:
            with transaction():
                token = rescues.use(form.address.data, form.code.data, origin=origin(), at=at)
            if token:
                tasks.wake("letters")
                keep(waiting.RESCUE, token)
                return redirect(url_for("identity.resume"), code=303)
            problem = {"code": "wrong"}
        except Refused as refused:
            problem, status = to_wait(refused, at), 429
    return render_template("identity/rescue.html", form=form, problem=problem), status
