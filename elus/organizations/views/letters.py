"""Printed letters of invitation: asked for here, made by the worker, downloaded once."""

import uuid
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, current_app, flash, redirect, render_template, request, url_for

from elus.kernel import blobs, clock, tasks
from elus.kernel.blobs import Blob
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, fresh_proof, gate, signed_in, viewer
from elus.organizations.access import secretariat
from elus.organizations.letters import actions, queries
from elus.organizations.letters.access import own_batch
from elus.organizations.letters.tasks import destroy
from elus.organizations.models import WelcomeBatch
from elus.organizations.queries import full_name
from elus.organizations.views.blueprint import bp


@bp.get("/secretariat/personnes/courriers")
@gate(secretariat)
def letters(who: Viewer) -> Any:
    """Who still has no account, assembly by assembly, and the letters already asked for."""
    return _page(who)


@bp.post("/secretariat/personnes/courriers")
@gate(secretariat)
@fresh_proof
def ask_letters(who: Viewer) -> Any:
    """Ask for the letters of one assembly, or of all those I manage."""
    organization_id = _organization(who)
    selection = queries.managed_by(queries.never_activated(who.day), who.person_id, who.day)
    if organization_id:
        selection = queries.of_organization(selection, organization_id)
    try:
        with transaction():
            people = list(db.session.scalars(selection))
            actions.ask(people, organization_id=organization_id, by=who.user_id, at=clock.now())
    except Refused as refused:
        return _page(who, refusal=refused.code), 409
    tasks.wake("welcome_letters")
    flash(str(len(people)), "letters_asked")
    return redirect(url_for("organizations.letters"), code=303)


@bp.post("/secretariat/personnes/courriers/<uuid:batch_id>")
@gate(own_batch)
@fresh_proof
def take_letters(batch: WelcomeBatch) -> Any:
    """The PDF, once: destroyed as soon as it has been sent."""
    at, batch_id, blob_id, day = clock.now(), batch.id, batch.blob_id, clock.local_day(batch.asked_at)
    try:
        with transaction():
            actions.take(batch_id, at=at)
    except Refused as refused:
        return _page(signed_in(viewer()), refusal=refused.code), 409
    reader = blobs.read(db.session.get_one(Blob, blob_id))
    response = Response(_then_destroyed(blobs.served(reader, 0, reader.size), batch_id), mimetype="application/pdf")
    response.headers["Content-Length"] = str(reader.size)
    response.headers["Content-Disposition"] = f'attachment; filename="courriers-de-bienvenue-{day.isoformat()}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _then_destroyed(body: Iterator[bytes], batch_id: uuid.UUID) -> Iterator[bytes]:
    """The body of the answer; whether it arrived or not, nothing of it stays here."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the body outlives the request

    def sent() -> Iterator[bytes]:
        try:
            yield from body
        finally:
            with app.app_context():
                destroy([batch_id])

    return sent()


def _organization(who: Viewer) -> uuid.UUID | None:
    """The assembly chosen, among those the viewer manages; None for all of them."""
    chosen = request.form.get("assemblee", "")
    if not chosen:
        return None
    managed = {str(group.organization.id): group.organization.id for group in queries.waiting(who)}
    if chosen not in managed:
        abort(404)
    return managed[chosen]


def _page(who: Viewer, refusal: str | None = None) -> str:
    return render_template(
        "organizations/letters.html",
        groups=queries.waiting(who),
        everybody=queries.how_many(who),
        batches=queries.batches_of(who),
        full_name=full_name,
        refusal=refusal,
    )
