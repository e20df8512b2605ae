"""The answer of the councillor."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from elus.attendance.actions import answer as declare
from elus.attendance.forms import AnswerForm
from elus.attendance.models import Choice
from elus.kernel import clock
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.meetings.access import convened_meeting
from elus.meetings.models import Meeting

bp = Blueprint("attendance", __name__)


@bp.post("/reunions/<uuid:meeting_id>/reponse")
@gate(convened_meeting)
def answer(meeting: Meeting) -> Any:
    """Save « Je viens » or « Je ne viens pas »; back to the meeting, or the reason why not."""
    meeting_id = meeting.id
    form = AnswerForm()
    if not form.validate_on_submit():
        return render_template("attendance/answer.html", meeting=meeting, refused=None), 400
    try:
        with transaction():
            declare(meeting_id, Choice(form.choice.data), by=signed_in(viewer()), at=clock.now())
    except Refused as refused:
        fresh = convened_meeting(viewer(), meeting_id)
        return render_template("attendance/answer.html", meeting=fresh, refused=refused), 409
    return redirect(url_for("meetings.show", meeting_id=meeting_id, _anchor="reponse"), code=303)
