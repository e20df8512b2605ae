"""Putting papers in order: under an item, named, ready, taken off."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.meetings.access import managed_meeting
from elus.meetings.dossier import actions
from elus.meetings.dossier.access import managed_paper
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.papers.models import PaperKind
from elus.papers.tasks import forget

bp = Blueprint("papers", __name__, url_prefix="/secretariat/reunions/<uuid:meeting_id>/documents")


@bp.post("/<uuid:paper_id>")
@gate(managed_paper)
def place(consultation: Consultation) -> Any:
    """Its title, what it is, and its item; what the form does not say stays."""
    meeting_id, consultation_id, paper, form = (
        consultation.meeting_id,
        consultation.id,
        consultation.paper,
        request.form,
    )
    title, kind, was = form.get("title", paper.title), asked_kind(form.get("kind")) or paper.kind, form.get("was")
    same, was_under = (title, kind) == (paper.title, paper.kind), consultation.item_id
    try:
        item_id = _asked_item(meeting_id)
        moved = item_id != was_under and ("number" in form or "item" in form)
        with transaction():
            if not same:
                actions.describe(consultation_id, title=title, kind=kind, at=clock.now(), was=was)
            if moved:
                actions.file_under(consultation_id, item_id, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    return back(meeting_id)


@bp.post("/<uuid:paper_id>/position")
@gate(managed_paper)
def move(consultation: Consultation) -> Any:
    """Up, down, or to a position among the papers of its item."""
    meeting_id, consultation_id, position = consultation.meeting_id, consultation.id, consultation.position
    asked = request.form.get("position", "")
    step = {"up": position - 1, "down": position + 1}.get(asked)
    if step is None and not asked.isdecimal():
        abort(400)
    try:
        with transaction():
            actions.move(consultation_id, step if step is not None else int(asked), at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    return back(meeting_id)


@bp.post("/<uuid:paper_id>/pret")
@gate(managed_paper)
def ready(consultation: Consultation) -> Any:
    """« Prêt », or not any more."""
    meeting_id, consultation_id, paper_id = consultation.meeting_id, consultation.id, consultation.paper_id
    is_ready, by = consultation.paper.ready_at is not None, signed_in(viewer()).user_id
    try:
        with transaction():
            if not is_ready:
                actions.mark_ready(meeting_id, [paper_id], by=by, at=clock.now())
            else:
                actions.mark_unready(consultation_id, by=by, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    return back(meeting_id)


@bp.post("/prets")
@gate(managed_meeting)
def all_ready(meeting: Meeting) -> Any:
    """Every accepted and filed paper is ready."""
    meeting_id = meeting.id
    try:
        with transaction():
            actions.mark_ready(meeting_id, by=signed_in(viewer()).user_id, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    return back(meeting_id)


@bp.post("/<uuid:paper_id>/retirer")
@gate(managed_paper)
def remove(consultation: Consultation) -> Any:
    """Erase a paper nobody has seen; withdraw one that members may have."""
    meeting_id, consultation_id, by = consultation.meeting_id, consultation.id, signed_in(viewer()).user_id
    keys: list[str] = []
    try:
        with transaction():
            if request.form.get("how") == "withdraw":
                actions.withdraw(consultation_id, by=by, at=clock.now())
            else:
                keys = actions.remove(consultation_id, by=by, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    forget(keys)
    return back(meeting_id)


def back(meeting_id: uuid.UUID, item: str | None = None) -> Any:
    """The page one came from: the item, or the whole draft; a module is told it is done."""
    if wants_json():
        return {"done": True}
    item_id = asked_uuid(item if item is not None else request.form.get("page"))
    if item_id:
        return redirect(url_for("meetings.item", meeting_id=meeting_id, item_id=item_id), 303)
    return redirect(url_for("meetings.edit", meeting_id=meeting_id, _anchor="documents"), 303)


def declined(meeting_id: uuid.UUID, refused: Refused, fields: Mapping[str, str] | None = None) -> Any:
    """Why it was not done, with what was typed."""
    if wants_json():
        return {"refused": refused.code}, 409
    fields = request.form if fields is None else fields
    typed = {name: value for name, value in fields.items() if name != "csrf_token"}
    return render_template("meetings/papers_refused.html", refusal=refused, meeting_id=meeting_id, typed=typed), 409


def wants_json() -> bool:
    """Whether a module of the page asks, not a form."""
    return request.accept_mimetypes.best == "application/json"


def asked_uuid(text: Any) -> uuid.UUID | None:
    """An identifier of the form; None when it is absent, 400 when it makes no sense."""
    if not text:
        return None
    try:
        return uuid.UUID(str(text))
    except ValueError:
        abort(400)


def asked_kind(text: Any) -> PaperKind | None:
    """A kind of the form."""
    if not text:
        return None
    try:
        return PaperKind(str(text))
    except ValueError:
        abort(400)


def consultation_of(meeting_id: uuid.UUID, paper_id: uuid.UUID) -> uuid.UUID:
    """The place of a paper in a meeting, else 404."""
    found = db.session.scalar(
        select(Consultation.id).where(Consultation.meeting_id == meeting_id, Consultation.paper_id == paper_id)
    )
    return found or abort(404)


def _asked_item(meeting_id: uuid.UUID) -> uuid.UUID | None:
    """The item named by its identifier or its number; none means « À ranger »."""
    number = request.form.get("number", "").strip()
    if not number:
        return asked_uuid(request.form.get("item"))
    position = int(number) if number.isdecimal() and len(number) < 6 else 0
    found: uuid.UUID | None = db.session.scalar(
        select(AgendaItem.id).where(AgendaItem.meeting_id == meeting_id, AgendaItem.position == position)
    )
    if found is None:
        raise Refused("no_such_item", number=number)
    return found
