"""The editor of a draft (S2): its facts, its agenda, its announcement."""

import uuid
from typing import Any

from flask import render_template, request, url_for

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.meetings import actions
from elus.meetings.access import managed, managed_meeting
from elus.meetings.deadline import deadline
from elus.meetings.dossier.queries import tray
from elus.meetings.forms import KINDS, AddForm, FactsForm, PasteForm, RevisionForm, facts_shown
from elus.meetings.models import Meeting
from elus.meetings.queries import agenda_lines, removed_item
from elus.meetings.views.answers import conflict, done, invalid, refusal_words, wants_json
from elus.meetings.views.blueprint import bp


@bp.route("/secretariat/reunions/<uuid:meeting_id>/preparer", methods=["GET", "POST"])
@gate(managed_meeting)
def edit(meeting: Meeting) -> Any:
    """The draft as a whole; POST writes title, time and place."""
    meeting_id, zone = meeting.id, meeting.organization.body.zone
    form = FactsForm(data=facts_shown(meeting, zone))
    if not form.is_submitted():
        return editor_page(meeting_id)
    if not form.validate():
        return invalid(form) if wants_json() else editor_page(meeting_id, facts=form)
    try:
        with transaction():
            actions.update_facts(
                meeting_id, form.facts(zone), by=signed_in(viewer()).user_id, at=clock.now(), revision=form.seen
            )
    except Refused as refused:
        if refused.code != "changed_meanwhile":
            return declined(meeting_id, refused, facts=form)
        return facts_conflict(meeting_id, form)
    return done(edit_url(meeting_id, "seance", fait="saved"), "saved", fresh(meeting_id).revision)


@bp.post("/secretariat/reunions/<uuid:meeting_id>/annoncer")
@gate(managed_meeting)
def announce(meeting: Meeting) -> Any:
    """Show title, day and place to the members."""
    meeting_id, form = meeting.id, RevisionForm()
    try:
        with transaction():
            actions.announce(meeting_id, by=signed_in(viewer()).user_id, at=clock.now(), revision=form.seen)
    except Refused as refused:
        return declined(meeting_id, refused)
    return done(edit_url(meeting_id, "annonce", fait="announced"), "announced", fresh(meeting_id).revision)


@bp.post("/secretariat/reunions/<uuid:meeting_id>/annonce/retirer")
@gate(managed_meeting)
def unannounce(meeting: Meeting) -> Any:
    """Hide the meeting again."""
    meeting_id = meeting.id
    try:
        with transaction():
            actions.withdraw_announcement(meeting_id, by=signed_in(viewer()).user_id, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    return done(edit_url(meeting_id, "annonce", fait="unannounced"), "unannounced", fresh(meeting_id).revision)


def edit_url(meeting_id: uuid.UUID, anchor: str | None = None, **facts: Any) -> str:
    """The address of the editor, at one of its places."""
    return url_for("meetings.edit", meeting_id=meeting_id, _anchor=anchor, **facts)


def fresh(meeting_id: uuid.UUID) -> Meeting:
    """The meeting as it stands after an act."""
    return db.session.scalars(managed(signed_in(viewer())).where(Meeting.id == meeting_id)).one()


def declined(meeting_id: uuid.UUID, refused: Refused, **forms: Any) -> Any:
    """409 with the sentence, the draft as it stands, and what was typed."""
    if wants_json():
        return {"refused": refusal_words(refused, meeting_id)}, 409
    return editor_page(meeting_id, refusal=refused, **forms), 409


def facts_conflict(meeting_id: uuid.UUID, form: FactsForm) -> Any:
    """409 with both versions of title, time and place."""
    meeting = fresh(meeting_id)
    stored = FactsForm(formdata=None, data=facts_shown(meeting, meeting.organization.body.zone))
    return conflict(meeting, form, stored, back=edit_url(meeting_id))


def editor_page(
    meeting_id: uuid.UUID,
    *,
    facts: FactsForm | None = None,
    paste: PasteForm | None = None,
    add: AddForm | None = None,
    preview: list[str] | None = None,
    refusal: Refused | None = None,
) -> str:
    """The draft, with the forms as they were typed."""
    meeting = fresh(meeting_id)
    lines, waiting, at = agenda_lines(meeting_id), tray(meeting_id), clock.now()
    agenda_seen = {"revision": str(meeting.revision)}
    return render_template(
        "meetings/edit.html",
        meeting=meeting,
        meeting_id=meeting_id,
        lines=lines,
        kinds=KINDS,
        tray=waiting,
        unfiled=len(waiting.lines),
        removed=removed_item(meeting_id),
        deadline=deadline(meeting, icpe=any(line.item.icpe for line in lines), at=at),
        facts=facts or FactsForm(formdata=None, data=facts_shown(meeting, meeting.organization.body.zone)),
        paste=_again(paste, meeting) or PasteForm(formdata=None, data=agenda_seen),
        add=add or AddForm(formdata=None, data=agenda_seen),
        preview=preview,
        refusal=refusal,
        frozen=meeting.published_at is not None or meeting.cancelled_at is not None,
        moved=next((line.item for line in lines if str(line.item.id) == request.args.get("place")), None),
        at=at,
    )


def _again(form: PasteForm | None, meeting: Meeting) -> PasteForm | None:
    """What was pasted, made of the agenda that is now shown beside it."""
    if form is not None:
        form.revision.data = str(meeting.revision)
    return form
