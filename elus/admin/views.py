"""The administrator's page: what is wrong, what waits, what was done."""

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from elus.admin import access, queries
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, administrator, fresh_proof, gate, signed_in, viewer
from elus.kernel.journal import AlarmSeen, JournalEntry

bp = Blueprint("admin", __name__, url_prefix="/administration")


@bp.get("")
@gate(administrator)
def index(who: Viewer) -> str:
    """Alarms first, then figures and the technical journal."""
    entries = queries.journal(_before())
    return render_template(
        "admin/index.html",
        alarms=queries.alarms(),
        state=queries.state(who.at),
        entries=entries,
        more=len(entries) == queries.SHOWN,
    )


def _before() -> datetime | None:
    try:
        return datetime.fromisoformat(request.args.get("avant", ""))
    except ValueError:
        return None


@bp.post("/alarmes/<uuid:entry_id>/vue")
@gate(access.one_alarm)
@fresh_proof
def seen(entry: JournalEntry) -> Any:
    """An administrator has taken care of an alarm."""
    at, entry_id, by = clock.now(), entry.id, signed_in(viewer()).user_id
    with transaction():
        if db.session.get(AlarmSeen, entry_id) is None:
            db.session.add(AlarmSeen(entry_id=entry_id, at=at, by=by))
            journal.write("alarm_seen", f"alarm:{entry_id}", at=at, by=by)
    return redirect(url_for("admin.index"))
