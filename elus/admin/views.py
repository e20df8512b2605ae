"""The administrator's page: what is wrong, what waits, what was done."""

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from elus.admin import access, queries
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, administrator, gate
from elus.kernel.journal import JournalEntry

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
def seen(entry: JournalEntry) -> Any:
    """An administrator has taken care of an alarm."""
    at = clock.now()
    entry_id = entry.id
    with transaction():
        found = db.session.get_one(JournalEntry, entry_id)
        found.alarm_seen_at = found.alarm_seen_at or at
        journal.write("alarm_seen", str(entry_id), at=at)
    return redirect(url_for("admin.index"))
