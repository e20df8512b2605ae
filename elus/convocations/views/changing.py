"""After publishing: papers told, another hour, place or day, or a sitting cancelled; each says first whom it reaches."""

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for

from elus.convocations import actions, changes, queries
from elus.convocations.forms import CancelForm, MoveForm
from elus.convocations.views import bp
from elus.convocations.views.preparing import fresh
from elus.kernel import clock, tasks
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import fresh_act, gate, signed_in, viewer
from elus.meetings.access import managed_meeting
from elus.meetings.forms import RevisionForm, facts_shown
from elus.meetings.models import Meeting

URL = "/secretariat/reunions/<uuid:meeting_id>"


@bp.route(f"{URL}/modifier", methods=["GET", "POST"])
@gate(managed_meeting)
@fresh_act
def change(meeting: Meeting) -> Any:
    """What may still change once people are convened; POST moves the sitting, or tells the papers."""
    if not meeting.published_at:
        return redirect(url_for("meetings.edit", meeting_id=meeting.id))
    meeting_id = meeting.id
    if request.method == "POST" and request.form.get("quoi") == "documents":
        return _tell_papers(meeting_id)
    form = _move_form(meeting)
    if not form.is_submitted():
        return _change_page(meeting, form, None)
    if not form.validate():
        return _change_page(meeting, form, None), 422
    facts, order = form.facts(meeting), form.order()
    try:
        with transaction():
            actions.move(meeting_id, facts, order, by=signed_in(viewer()), at=clock.now())
    except Refused as refused:
        return _change_page(fresh(meeting_id), form, refused), 409
    tasks.wake("convocations")
    return redirect(url_for("convocations.tracking", meeting_id=meeting_id, fait="deplacee"), 303)


def _tell_papers(meeting_id: uuid.UUID) -> Any:
    form = RevisionForm()
    try:
        with transaction():
            actions.tell_papers(meeting_id, form.seen, by=signed_in(viewer()), at=clock.now())
    except Refused as refused:
        meeting = fresh(meeting_id)
        return _change_page(meeting, _move_form(meeting, submitted=None), refused), 409
    tasks.wake("letters")
    return redirect(url_for("convocations.tracking", meeting_id=meeting_id, fait="documents"), 303)


def _move_form(meeting: Meeting, **formdata: Any) -> MoveForm:
    shown = facts_shown(meeting, meeting.organization.body.zone)
    data = {name: shown[name] for name in ("day", "hour", "place", "revision")}
    form = MoveForm(formdata=None, data=data) if formdata else MoveForm(data=data)
    day = clock.local_day(clock.now(), meeting.organization.body.zone)
    form.offer(queries.signatories(queries.convened(meeting.organization_id, day)))
    return form


def _change_page(meeting: Meeting, form: MoveForm, refusal: Refused | None) -> str:
    held = queries.versions(meeting.id)
    agenda = queries.agenda(meeting.id)
    return render_template(
        "convocations/change.html",
        meeting=meeting,
        form=form,
        refusal=refusal,
        changes=changes.of_papers(held[-1].manifest, agenda) if held else [],
        waiting=[piece for _, piece in agenda.pieces if piece.newest and piece.newest is not piece.leaving],
        reach=queries.reach(held[-1].id) if held else (0, 0),
    )


@bp.route(f"{URL}/annuler", methods=["GET", "POST"])
@gate(managed_meeting)
@fresh_act
def cancel(meeting: Meeting) -> Any:
    """Cancel a sitting everybody was convened to."""
    if not meeting.published_at or meeting.cancelled_at:
        return redirect(url_for("convocations.tracking", meeting_id=meeting.id))
    meeting_id = meeting.id
    form = CancelForm()
    if not form.is_submitted():
        form.revision.data = str(meeting.revision)
    elif form.validate():
        try:
            with transaction():
                actions.cancel(meeting_id, form.seen, form.reason.data or "", by=signed_in(viewer()), at=clock.now())
        except Refused as refused:
            return _cancel_page(fresh(meeting_id), form, refused), 409
        tasks.wake("letters")
        return redirect(url_for("convocations.tracking", meeting_id=meeting_id, fait="annulee"), 303)
    return _cancel_page(meeting, form, None), 422 if form.errors else 200


def _cancel_page(meeting: Meeting, form: CancelForm, refusal: Refused | None) -> str:
    version = queries.convening(queries.versions(meeting.id))
    return render_template(
        "convocations/cancel.html",
        meeting=meeting,
        form=form,
        refusal=refusal,
        reach=queries.reach(version.id) if version else (0, 0),
    )
