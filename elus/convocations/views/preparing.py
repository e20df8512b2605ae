"""S3 the check, S4 publishing: what leaves, to whom, in whose name; and one minute to take it back."""

import uuid
from typing import Any

from flask import Response, redirect, render_template, url_for

from elus.convocations import actions, document, mails, queries
from elus.convocations.actions.draft import draft_manifest, draft_words
from elus.convocations.check import Level, blocking
from elus.convocations.forms import SigningForm
from elus.convocations.views import bp
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import fresh_act, gate, signed_in, viewer
from elus.meetings.access import managed, managed_meeting
from elus.meetings.deadline import deadline
from elus.meetings.models import Meeting


@bp.get("/secretariat/reunions/<uuid:meeting_id>/controler")
@gate(managed_meeting)
def check(meeting: Meeting) -> Any:
    """What would void a deliberation or leave somebody out, before publishing."""
    if meeting.published_at:
        return redirect(url_for("convocations.tracking", meeting_id=meeting.id))
    at = clock.now()
    found = queries.preparation(meeting, settings=mails.settings_in_force(), at=at)
    levels = {level: [finding for finding in found.findings if finding.level is level] for level in Level}
    return render_template(
        "convocations/check.html",
        meeting=meeting,
        found=found,
        blocking=levels[Level.BLOCKING],
        verify=levels[Level.VERIFY],
        fine=levels[Level.FINE],
        deadline=deadline(meeting, icpe=found.agenda.icpe, at=at),
    )


@bp.route("/secretariat/reunions/<uuid:meeting_id>/publier", methods=["GET", "POST"])
@gate(managed_meeting)
@fresh_act
def publish(meeting: Meeting) -> Any:
    """The recap of a legal act, then the act."""
    meeting_id = meeting.id
    form = SigningForm()
    if meeting.published_at:
        return after_publishing(meeting)
    found = queries.preparation(meeting, settings=mails.settings_in_force(), at=clock.now())
    form.offer(found.signatories)
    if not form.is_submitted():
        form.revision.data = str(meeting.revision)
    elif form.validate():
        try:
            with transaction():
                leaves = actions.publish(meeting_id, form.order(), by=signed_in(viewer()), at=clock.now()).leaves_at
        except Refused as refused:
            return _declined(meeting_id, form, refused)
        tasks.wake("convocations", leaves)
        return redirect(url_for("convocations.publish", meeting_id=meeting_id), 303)
    return _publish_page(found, form, None), 422 if form.errors else 200


def after_publishing(meeting: Meeting) -> Any:
    """The receipt, with « Annuler l’envoi », as long as nothing has left; then the tracking page."""
    at = clock.now()
    version = queries.latest(meeting.id)
    if version is None or meeting.published_at is None or meeting.published_at <= at:
        return redirect(url_for("convocations.tracking", meeting_id=meeting.id), 303)
    left = max(1, int((version.leaves_at - at).total_seconds()))
    return render_template(
        "convocations/receipt.html",
        meeting=meeting,
        version=version,
        recipients=queries.recipients(version.id),
        left=left,
    )


@bp.get("/secretariat/reunions/<uuid:meeting_id>/publier/apercu.pdf")
@gate(managed_meeting)
def preview(meeting: Meeting) -> Any:
    """The real convocation, marked « Aperçu »."""
    found = queries.preparation(meeting, settings=mails.settings_in_force(), at=clock.now())
    if blocking(found.findings) and not found.agenda.points:
        return redirect(url_for("convocations.check", meeting_id=meeting.id))
    return pdf_response(document.preview(draft_manifest(found)), "apercu.pdf")


@bp.post("/secretariat/reunions/<uuid:meeting_id>/annuler-envoi")
@gate(managed_meeting)
def withdraw(meeting: Meeting) -> Any:
    """« Annuler l’envoi », before anything leaves."""
    meeting_id = meeting.id
    try:
        with transaction():
            actions.withdraw(meeting_id, by=signed_in(viewer()).user_id, at=clock.now())
    except Refused as refused:
        page = render_template("convocations/too_late.html", meeting=fresh(meeting_id), refusal=refused)
        return page, 409
    return redirect(url_for("meetings.edit", meeting_id=meeting_id), 303)


def pdf_response(content: bytes, name: str) -> Response:
    """A PDF shown in place and kept nowhere."""
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def fresh(meeting_id: uuid.UUID) -> Meeting:
    """The meeting as it stands after an act."""
    return db.session.scalars(managed(signed_in(viewer())).where(Meeting.id == meeting_id)).one()


def _declined(meeting_id: uuid.UUID, form: SigningForm, refused: Refused) -> Any:
    if refused.code == "already_published":
        return redirect(url_for("convocations.publish", meeting_id=meeting_id), 303)
    meeting = fresh(meeting_id)
    found = queries.preparation(meeting, settings=mails.settings_in_force(), at=clock.now())
    form.offer(found.signatories)
    form.revision.data = str(meeting.revision)
    return _publish_page(found, form, refused), 409


def _publish_page(found: queries.Preparation, form: SigningForm, refusal: Refused | None) -> str:
    return render_template(
        "convocations/publish.html",
        meeting=found.meeting,
        found=found,
        form=form,
        refusal=refusal,
        stopped=blocking(found.findings),
        mail=draft_words(found) if found.agenda.points and found.signatories else None,
    )
