"""A new meeting: which organization, from which former one, when and where."""

import uuid
from datetime import time
from typing import Any

from flask import abort, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, gate
from elus.meetings import actions
from elus.meetings.access import managed_meeting
from elus.meetings.actions import Agenda
from elus.meetings.forms import NewForm
from elus.meetings.models import Meeting
from elus.meetings.queries import last_meeting
from elus.meetings.views.blueprint import bp
from elus.meetings.views.editor import edit_url
from elus.organizations.access import managed, secretariat
from elus.organizations.models import Organization
from elus.organizations.queries import convener


@bp.route("/secretariat/reunions/nouvelle", methods=["GET", "POST"])
@gate(secretariat)
def new(who: Viewer) -> Any:
    """First the organization, when there is a choice; then the day."""
    organizations = db.session.scalars(
        managed(who).options(joinedload(Organization.body)).order_by(Organization.name)
    ).all()
    source = managed_meeting(who, asked) if (asked := _id("copie")) else None
    wanted = source.organization_id if source else _id("organisation")
    if wanted is None and len(organizations) > 1:
        return render_template("meetings/new_choice.html", organizations=organizations)
    organization = next((one for one in organizations if wanted in (one.id, None)), None)
    if organization is None:
        abort(404)
    source = source or last_meeting(organization.id)
    form = NewForm(data=_start(organization, source))
    if form.validate_on_submit():
        return _create(who, organization, source, form)
    return _page(organization, source, form, who)


def _create(who: Viewer, organization: Organization, source: Meeting | None, form: NewForm) -> Any:
    organization_id, source_id = organization.id, source.id if source else None
    facts = form.facts(organization.body.zone)
    try:
        with transaction():
            if source_id:
                agenda = Agenda(form.agenda.data)
                made = actions.copy(source_id, facts, agenda, by=who.user_id, at=clock.now())
            else:
                made = actions.create(organization_id, facts, by=who.user_id, at=clock.now())
            meeting_id = made.id
    except Refused as refused:
        again = db.session.scalars(
            select(Organization).where(Organization.id == organization_id).options(joinedload(Organization.body))
        ).one()
        return _page(again, db.session.get(Meeting, source_id) if source_id else None, form, who, refused), 409
    return redirect(edit_url(meeting_id, fait="created"), 303)


def _page(
    organization: Organization, source: Meeting | None, form: NewForm, who: Viewer, refusal: Refused | None = None
) -> str:
    return render_template(
        "meetings/new.html",
        organization=organization,
        source=source,
        convener=convener(organization.id, who.day),
        form=form,
        refusal=refusal,
        today=who.day,
    )


def _start(organization: Organization, source: Meeting | None) -> dict[str, Any]:
    """What the former meeting suggests; the day is always asked."""
    hour, _, minute = organization.usual_hour.partition(":")
    return {
        "title": source.title if source else organization.name,
        "hour": time(int(hour), int(minute or 0)),
        "place": source.place if source else organization.usual_place,
        "agenda": (Agenda.WHOLE if "copie" in request.args else Agenda.STANDING).value,
    }


def _id(name: str) -> uuid.UUID | None:
    """An identifier of the address; 404 when it is none."""
    given = request.args.get(name)
    if not given:
        return None
    try:
        return uuid.UUID(given)
    except ValueError:
        abort(404)
