"""A paper leaves: authenticated, recorded, then sent segment by segment from its ciphertext."""

import uuid
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from elus.identity.queries import goes_on
from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer, gate, signed_in, viewer
from elus.kernel.running import while_allowed
from elus.kernel.web import is_prefetch
from elus.meetings.access import readable_file, still_readable
from elus.papers.models import File
from elus.reading.actions import record_opening
from elus.reading.queries import opening
from elus.reading.ranges import Span, asked, is_same

bp = Blueprint("reading", __name__)

INLINE = {"application/pdf"}
EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}
PAPER_CSP = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'; base-uri 'none'"
"""A document runs nothing. No `sandbox`: Chromium then refuses to draw a PDF at all."""


@bp.get("/reunions/<uuid:meeting_id>/pieces/<uuid:file_id>")
@gate(readable_file)
def paper(file: File) -> Any:
    """The bytes of a paper, inline for a PDF; what is handed over is recorded before the first one leaves."""
    blob = file.blob
    if blob is None:
        abort(404)
    headers = _headers(file, blob)
    if is_same(blob.sha256, request.headers.get("If-None-Match")):
        return Response(status=304, headers=headers)
    span = _span(blob)
    if request.method == "HEAD":
        return _answer(span, headers, body=None)
    meeting_id, file_id = (request.view_args or {})["meeting_id"], file.id
    reader = blobs.read(blob, start=span.start)
    try:
        _record(meeting_id, file_id, blob)
    except BaseException:
        reader.close()
        raise
    still = partial(_may_go_on, signed_in(viewer()), meeting_id, file_id)
    body = while_allowed(blobs.served(reader, span.start, span.length), still)
    response = _answer(span, headers, body=body)
    response.call_on_close(reader.close)  # a body nobody starts to read is closed too
    return response


def _may_go_on(who: Viewer, meeting_id: uuid.UUID, file_id: uuid.UUID, at: datetime) -> bool:
    """Whether the session and the right to the paper still stand while its bytes leave (decision 13)."""
    now = replace(who, at=at, day=clock.local_day(at))
    return goes_on(who.session_id, at) and still_readable(now, meeting_id, file_id)


def _record(meeting_id: uuid.UUID, file_id: uuid.UUID, blob: Blob) -> None:
    """Once per person, file and session; a prefetch or a probe of one byte is nobody's reading."""
    who, sha256, size = signed_in(viewer()), blob.sha256, blob.size
    if not is_prefetch() and request.headers.get("Range", "").replace(" ", "") != "bytes=0-0":
        found = opening(meeting_id, file_id, who)
        if found.is_news:
            with transaction():
                record_opening(found, file_id, sha256=sha256, size=size, who=who)
    db.session.rollback()  # the connection goes back before the slow part


def _span(blob: Blob) -> Span:
    range_header = request.headers.get("Range") if request.method == "GET" else None
    span = asked(blob.size, blob.sha256, range_header=range_header, if_range=request.headers.get("If-Range"))
    if span is None:
        raise RequestedRangeNotSatisfiable(length=blob.size)
    return span


def _answer(span: Span, headers: dict[str, str], *, body: Any) -> Response:
    response = Response(body, status=206 if span.partial else 200, headers=headers, direct_passthrough=True)
    response.headers["Content-Length"] = str(span.length)
    if span.partial:
        response.headers["Content-Range"] = span.content_range
    return response


def _headers(file: File, blob: Blob) -> dict[str, str]:
    media_type = file.media_type if file.media_type in EXTENSIONS else "application/octet-stream"
    return {
        "Content-Type": media_type,
        "Content-Disposition": _disposition(file.name, media_type),
        "Content-Security-Policy": PAPER_CSP,
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{blob.sha256}"',
    }


def _disposition(name: str, media_type: str) -> str:
    """The agent's name with the extension of what the file really is (RFC 6266, RFC 8187)."""
    path = PurePosixPath(name.replace("/", " "))
    stem = path.stem if path.suffix.lower() in EXTENSIONS.values() else name
    shown = f"{stem}{EXTENSIONS.get(media_type, '')}"
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ()") else "_" for sign in shown)
    kind = "inline" if media_type in INLINE else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe='')}"
