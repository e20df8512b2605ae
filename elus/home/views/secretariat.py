"""The secretariat's home (S1): what is late, what is next."""

from flask import render_template

from elus.home.views.blueprint import bp
from elus.home.workload import workload
from elus.kernel.gate import Viewer, gate
from elus.organizations.access import secretariat as of_secretariat


@bp.get("/secretariat")
@gate(of_secretariat)
def secretariat(who: Viewer) -> str:
    """Alerts, meetings to publish by deadline, published ones, past ones folded."""
    return render_template("home/secretariat.html", work=workload(who), today=who.day, at=who.at)
