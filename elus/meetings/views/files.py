"""Adding documents: announced, sent in parts that resume, or as one plain form; encrypted as they arrive.

Answers the full disk of clear temporary files (there are none) and the file too heavy (refused before it is read).
"""

import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import BadRequest
from wtforms import ValidationError

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.kernel.tasks import wake
from elus.meetings.access import managed_meeting
from elus.meetings.dossier import actions
from elus.meetings.dossier.access import managed_file
from elus.meetings.dossier.actions import Offer
from elus.meetings.dossier.queries import resumable, tray
from elus.meetings.models import Meeting
from elus.meetings.views.papers import asked_kind, asked_uuid, back, consultation_of, declined, wants_json
from elus.papers import actions as papers
from elus.papers.models import PART, File, FileState
from elus.papers.multipart import Upload, Value, parts
from elus.papers.queries import missing_parts
from elus.papers.tasks import forget, write_apart

bp = Blueprint("files", __name__, url_prefix="/secretariat/reunions/<uuid:meeting_id>/fichiers")
READ = 256 * 1024
FORM_ROOM = 1024 * 1024  # what a form weighs beside its files


@bp.record_once
def _prepare(state: Any) -> None:
    """The plain form verifies its token itself, from the stream: the usual way would first write the files in clear to the disk."""
    state.app.jinja_env.globals["max_file_bytes"] = state.app.extensions["elus.settings"].max_file_bytes
    state.app.extensions["csrf"].exempt(f"{send.__module__}.{send.__name__}")


@bp.get("")
@gate(managed_meeting)
def shelf(meeting: Meeting) -> Any:
    """The tray « À ranger » alone, for the page that is already open."""
    return render_template("meetings/_tray.html", meeting_id=meeting.id, tray=tray(meeting.id))


@bp.post("")
@gate(managed_meeting)
def announce(meeting: Meeting) -> Any:
    """A file is about to come: its name, size and date; the answer says which parts are missing, all or the rest of a cut upload."""
    meeting_id, by, told = meeting.id, signed_in(viewer()).user_id, request.get_json(silent=True) or request.form
    size = int(str(told.get("size"))) if str(told.get("size")).isdecimal() else -1
    if size < 0 or not isinstance(told.get("name"), str):
        abort(400)
    if size == 0:
        return {"refused": "empty"}, 422
    if size > _limit():
        return {"refused": "too_large", "limit": _limit()}, 413
    paper_id = asked_uuid(told.get("paper"))
    key = "|".join(str(told.get(name, "")) for name in ("name", "size", "modified", "paper"))
    key = hashlib.sha256(f"{meeting_id}|{by}|{key}".encode()).hexdigest()
    known = resumable(meeting_id, key)
    if known is not None:
        return _state(known)
    offer = Offer(told["name"], size, key, asked_uuid(told.get("item")), asked_kind(told.get("kind")))
    try:
        file_id = _announced(meeting_id, offer, paper_id, by)
    except Refused as refused:
        return {"refused": refused.code}, 409
    return _state(db.session.get_one(File, file_id)), 201


@bp.get("/<uuid:file_id>")
@gate(managed_file)
def state(file: File) -> Any:
    """Where an upload stands: the missing parts, or the verdict."""
    return _state(file)


@bp.put("/<uuid:file_id>/parties/<int:number>")
@gate(managed_file)
def part(file: File) -> Any:
    """One part of a file, of its exact size, encrypted as it arrives; the same one again is no error."""
    number = (request.view_args or {})["number"]
    file_id, expected, length = file.id, file.part_size(number), request.content_length
    if length is None:
        abort(411)
    if length > PART or (expected and length > expected):
        abort(413)
    if file.state is not FileState.RECEIVING:
        return {"refused": "not_receiving"}, 409
    if length != expected:
        abort(400 if expected else 404)
    db.session.rollback()  # nothing stays open while the bytes come
    blob = write_apart(f"part:{file_id}:{number}", _stream(length))
    try:
        with transaction():
            known = papers.keep_part(file_id, number, blob)
    except BaseException as wrong:
        forget([blob.key])
        if isinstance(wrong, Refused):
            return {"refused": wrong.code}, 409
        raise
    if known is not None:
        forget([blob.key])
    return {"part": number}, 200 if known is not None else 201


@bp.post("/<uuid:file_id>/complet")
@gate(managed_file)
def complete(file: File) -> Any:
    """Every part is here: the worker checks the file."""
    file_id = file.id
    try:
        with transaction():
            papers.complete(file_id)
    except Refused as refused:
        return {"refused": refused.code, **refused.facts}, 409
    wake("intake")
    return _state(db.session.get_one(File, file_id)), 202


@bp.post("/<uuid:file_id>/abandonner")
@gate(managed_file)
def cancel(file: File) -> Any:
    """Give up an upload, or put away a refused file."""
    meeting_id, file_id = (request.view_args or {})["meeting_id"], file.id
    try:
        with transaction():
            keys = actions.cancel(file_id, at=clock.now())
    except Refused as refused:
        return declined(meeting_id, refused)
    forget(keys)
    return ("", 204) if wants_json() else back(meeting_id)


@bp.post("/envoi")
@gate(managed_meeting)
def send(meeting: Meeting) -> Any:
    """The same without script: one form with several files, each encrypted as it arrives; the token must come first."""
    meeting_id = meeting.id
    request.max_content_length = _limit() + FORM_ROOM
    stream, fields, received = request.stream, dict[str, str](), 0
    db.session.rollback()
    try:
        for found in parts(stream, request.headers.get("Content-Type", "")):
            if isinstance(found, Value):
                fields[found.name] = found.text
                continue
            _insist_on_token(fields)
            if found.filename:
                received += _received(meeting_id, found, fields)
    except Refused as refused:
        return declined(meeting_id, refused, fields)
    finally:
        if received:
            wake("intake")
    _insist_on_token(fields)
    return back(meeting_id, fields.get("item", ""))


def _received(meeting_id: uuid.UUID, upload: Upload, fields: dict[str, str]) -> int:
    """Keep one file of the form; given up whole when it does not arrive whole."""
    offer = Offer(upload.filename, 0, None, asked_uuid(fields.get("item")), asked_kind(fields.get("kind")))
    file_id = _announced(meeting_id, offer, asked_uuid(fields.get("paper")), signed_in(viewer()).user_id)
    owner = db.session.get_one(File, file_id).owner
    db.session.rollback()
    try:
        blob = write_apart(owner, upload.chunks)
        with transaction():
            actions.arrived(file_id, blob)
    except BaseException:
        with transaction():
            keys = actions.cancel(file_id, at=clock.now())
        forget(keys)
        raise
    return 1


def _announced(meeting_id: uuid.UUID, offer: Offer, paper_id: uuid.UUID | None, by: uuid.UUID) -> uuid.UUID:
    consultation_id = consultation_of(meeting_id, paper_id) if paper_id else None
    with transaction():
        if consultation_id is not None:
            return actions.replace(consultation_id, offer, by=by, at=clock.now()).id
        return actions.add(meeting_id, offer, by=by, at=clock.now()).id


def _insist_on_token(fields: dict[str, str]) -> None:
    try:
        validate_csrf(fields.get("csrf_token") or request.headers.get("X-CSRFToken"))
    except ValidationError:
        raise BadRequest from None


def _stream(length: int) -> Iterator[bytes]:
    while length > 0:
        piece = request.stream.read(min(READ, length))
        if not piece:
            raise BadRequest
        length -= len(piece)
        yield piece


def _limit() -> int:
    limit: int = current_app.extensions["elus.settings"].max_file_bytes
    return limit


def _state(file: File) -> dict[str, Any]:
    receiving = file.state is FileState.RECEIVING
    return {
        "id": str(file.id),
        "state": file.state.value,
        "refused": file.refusal,
        "part": PART,
        "missing": missing_parts(file) if receiving else [],
    }
