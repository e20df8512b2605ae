"""The official’s home (C3)."""

from typing import Any

from flask import redirect, render_template, url_for

from elus.home import queries
from elus.home.views.blueprint import bp
from elus.kernel.gate import Viewer, gate, member


@bp.get("/")
@gate(member)
def desk(who: Viewer) -> Any:
    """The next meeting first, then what to do; those who sit nowhere go to their own work."""
    found = queries.desk(who)
    if not found.all and not queries.sits(who):
        if who.secretary:
            return redirect(url_for("home.secretariat"))
        if who.administrator:
            return redirect(url_for("admin.index"))
    published_at = found.next.meeting.published_at if found.next else None
    new, changed = found.dossier.unread(published_at) if found.dossier else (0, 0)
    return render_template(
        "home/desk.html",
        desk=found,
        next=found.next,
        to_answer=[line for line in found.all if line.awaits_answer(who.at)],
        new=new,
        changed=changed,
        today=who.day,
        at=who.at,
    )
