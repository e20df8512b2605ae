"""What a member does with a convocation: it opens, is read as a PDF, acknowledged; and what the portal keeps of all that."""

import json
import uuid
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import select

from elus.convocations import access, actions, queries
from elus.convocations.forms import ACKNOWLEDGEMENT
from elus.convocations.views import bp
from elus.identity.models import Session
from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, gate, signed_in, viewer
from elus.meetings.access import convened_meeting, visible_meeting
from elus.meetings.models import Meeting
from elus.register.queries import story

CHUNK = 256 * 1024


@bp.post("/reunions/<uuid:meeting_id>/ouverture")
@gate(convened_meeting)
def opened(meeting: Meeting) -> Any:
    """The page was shown to this session: told by its module, or by the « Ouvrir le dossier » button."""
    meeting_id, who = meeting.id, signed_in(viewer())
    factor = db.session.scalar(select(Session.factor).where(Session.id == who.session_id))
    with transaction():
        actions.opened(meeting_id, by=who, factor=factor, at=clock.now())
    if request.headers.get("X-Requested-With") == "fetch":
        return "", 204
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


@bp.get("/reunions/<uuid:meeting_id>/convocation.pdf")
@gate(access.sealed_convocation)
def pdf(blob: Blob) -> Response:
    """The sealed convocation, deciphered as it goes."""
    reader = blobs.read(blob)

    def pieces() -> Any:
        with reader:
            yield from reader.read(0, reader.size)

    response = Response(pieces(), mimetype="application/pdf")
    response.headers["Content-Length"] = str(blob.size)
    response.headers["Content-Disposition"] = 'inline; filename="convocation.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/reunions/<uuid:meeting_id>/accuse-de-reception")
@gate(convened_meeting)
def acknowledge(meeting: Meeting) -> Any:
    """« J’accuse réception »: a deliberate act, once per version."""
    meeting_id, who = meeting.id, signed_in(viewer())
    with transaction():
        actions.acknowledge(meeting_id, ACKNOWLEDGEMENT, by=who, at=clock.now())
    return redirect(url_for("meetings.show", meeting_id=meeting_id, _anchor="reponse"), 303)


@bp.get("/reunions/<uuid:meeting_id>/ce-que-le-portail-enregistre")
@gate(visible_meeting)
def record(meeting: Meeting) -> Any:
    """Everything recorded about the viewer in this convocation, in sentences."""
    who = signed_in(viewer())
    return render_template("convocations/record.html", meeting=meeting, **_story(meeting.id, who))


def _story(meeting_id: uuid.UUID, who: Viewer) -> dict[str, Any]:
    held = [version for version in queries.versions(meeting_id) if version.leaves_at <= who.at]
    if not held:
        return {"events": [], "numbers": {}}
    events = [(event, json.loads(event.line)) for event in story(held[0].convocation_id, who.person_id)]
    return {"events": events, "numbers": {version.fingerprint: version.number for version in held}}
