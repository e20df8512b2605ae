"""The agenda of a draft: pasted, added to, moved, taken off and given back."""

import uuid
from typing import Any

from flask import abort, request
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.meetings import actions
from elus.meetings.access import managed_item, managed_meeting, managed_removal
from elus.meetings.forms import AddForm, PasteForm, RevisionForm, whole_number
from elus.meetings.models import AgendaItem, Meeting, RemovedItem
from elus.meetings.views.answers import done
from elus.meetings.views.blueprint import bp
from elus.meetings.views.editor import declined, edit_url, editor_page, fresh


@bp.post("/secretariat/reunions/<uuid:meeting_id>/ordre-du-jour")
@gate(managed_meeting)
def paste(meeting: Meeting) -> Any:
    """Many items at once: shown first when asked, then added."""
    meeting_id, form = meeting.id, PasteForm()
    if not form.validate():
        return editor_page(meeting_id, paste=form)
    if request.form.get("step") == "preview":
        return editor_page(meeting_id, paste=form, preview=form.titles)
    try:
        with transaction():
            added = actions.paste_agenda(
                meeting_id, form.titles, by=signed_in(viewer()).user_id, at=clock.now(), revision=form.seen
            )
    except Refused as refused:
        return declined(meeting_id, refused, paste=form)
    return done(
        edit_url(meeting_id, "ordre", fait="added", nombre=len(added)),
        "added",
        fresh(meeting_id).revision,
        number=len(added),
    )


@bp.post("/secretariat/reunions/<uuid:meeting_id>/points")
@gate(managed_meeting)
def add(meeting: Meeting) -> Any:
    """One more item, at the end."""
    meeting_id, form = meeting.id, AddForm()
    if not form.validate():
        return editor_page(meeting_id, add=form)
    try:
        with transaction():
            item_id = actions.add_item(meeting_id, form.title.data, by=signed_in(viewer()).user_id, at=clock.now()).id
    except Refused as refused:
        return declined(meeting_id, refused, add=form)
    return done(
        edit_url(meeting_id, f"p-{item_id}", fait="added", nombre=1), "added", fresh(meeting_id).revision, number=1
    )


@bp.post("/secretariat/reunions/<uuid:meeting_id>/ordre")
@gate(managed_meeting)
def move(meeting: Meeting) -> Any:
    """Up, down, or to a position."""
    meeting_id, form = meeting.id, RevisionForm()
    item = _asked(meeting_id)
    item_id, origin, title = item.id, item.position, item.title
    target = {"up": origin - 1, "down": origin + 1}.get(_arrow(), whole_number(request.form.get("position")))
    try:
        with transaction():
            position = actions.move_item(
                meeting_id, item_id, target, by=signed_in(viewer()).user_id, at=clock.now(), revision=form.seen
            )
            total = actions.count(meeting_id)
    except Refused as refused:
        return declined(meeting_id, refused)
    where = edit_url(meeting_id, f"p-{item_id}", fait="moved", place=item_id, de=origin)
    return done(where, "moved", fresh(meeting_id).revision, title=title, position=position, total=total)


@bp.post("/secretariat/reunions/<uuid:meeting_id>/points/<uuid:item_id>/retirer")
@gate(managed_item)
def remove(item: AgendaItem) -> Any:
    """Off the agenda; its papers wait « À ranger »."""
    meeting_id, item_id, form = item.meeting_id, item.id, RevisionForm()
    try:
        with transaction():
            actions.remove_item(meeting_id, item_id, by=signed_in(viewer()).user_id, at=clock.now(), revision=form.seen)
    except Refused as refused:
        return declined(meeting_id, refused)
    return done(edit_url(meeting_id, "ordre"), "removed", fresh(meeting_id).revision)


@bp.post("/secretariat/reunions/<uuid:meeting_id>/points/<uuid:item_id>/retablir")
@gate(managed_removal)
def restore(removed: RemovedItem) -> Any:
    """« Annuler »: the item just taken off comes back."""
    meeting_id, item_id = removed.meeting_id, removed.item_id
    try:
        with transaction():
            actions.restore_item(meeting_id, item_id, by=signed_in(viewer()).user_id, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    return done(edit_url(meeting_id, f"p-{item_id}", fait="restored"), "restored", fresh(meeting_id).revision)


def _arrow() -> str:
    return next((name for name in ("up", "down") if name in request.form), "")


def _asked(meeting_id: uuid.UUID) -> AgendaItem:
    """The item named by its identifier, or by its number in the agenda."""
    named = request.form.get(_arrow() or "item")
    wanted = select(AgendaItem).where(AgendaItem.meeting_id == meeting_id)
    if named is not None:
        try:
            wanted = wanted.where(AgendaItem.id == uuid.UUID(named))
        except ValueError:
            abort(400)
    else:
        wanted = wanted.where(AgendaItem.position == whole_number(request.form.get("number")))
    found = db.session.scalars(wanted).first()
    if found is None:
        abort(404)
    return found
