"""The administrator's page: what is wrong, what waits."""

import uuid
from typing import Any

from flask import redirect, render_template, url_for

from elus.admin import access, queries
from elus.admin.journal.queries import open_alarms
from elus.admin.views import bp
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, administrator, fresh_proof, gate, signed_in, viewer
from elus.kernel.journal import AlarmSeen, JournalEntry


@bp.get("")
@gate(administrator)
def index(who: Viewer) -> str:
    """Alarms first, then figures."""
    return render_template("admin/index.html", alarms=open_alarms(), state=queries.state(who.at))


@bp.post("/alarmes/<uuid:entry_id>/vue")
@gate(access.one_alarm)
@fresh_proof
def seen(entry: JournalEntry) -> Any:
    """An administrator has taken care of an alarm."""
    entry_id, alarm = entry.id, entry.action
    _note(entry_id, alarm, by=signed_in(viewer()).user_id)
    return redirect(url_for("admin.index"))


def _note(entry_id: uuid.UUID, alarm: str, *, by: uuid.UUID) -> None:
    at = clock.now()
    with transaction():
        if db.session.get(AlarmSeen, entry_id) is None:
            db.session.add(AlarmSeen(entry_id=entry_id, at=at, by=by))
            journal.write("alarm_seen", f"alarm:{entry_id}", at=at, by=by, alarm=alarm)
