"""How the machine says no: refusals of the domain, and pages for everything else.

Answers the full disk (reading goes on, writing says so), the damaged file (never served) and the trace shown to a stranger.
"""

import contextlib
import errno
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from elus.kernel import blobs, clock, journal
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.storage import StorageFull, StorageUnavailable

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
ALARM_EVERY = timedelta(hours=1)
DISK_FULL_STATE = "53100"  # PostgreSQL: disk_full
BUGS = ("no such", "near ", "unrecognized", "ambiguous column", "table ")  # SQLite calls these operational too


class Refused(Exception):
    """An action declines: a code and facts; the page has the words and answers 409."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class SignInFirst(Exception):
    """The page asks for somebody who has proven both factors."""


class ProofFirst(Exception):
    """The act asks for both factors proven again a moment ago."""


KNOWN = {400, 403, 404, 405, 409, 410, 413, 415, 429, 503}


def page(code: int, *, reason: str = "") -> Response:
    """The page of a status code, with a reference that can be read on the phone; `reason` is « full » or « damaged »."""
    reference = g.get("request_id") or uuid.uuid4().hex[:8]
    if _wants_json():
        response = make_response({"error": code, "reason": reason, "reference": reference}, code)
    else:
        body = render_template(f"errors/{code}.html", reference=reference, at=clock.now(), reason=reason)
        response = make_response(body, code)
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    code = error.code or 500
    if 300 <= code < 400:
        return error
    answer = page(code if code in KNOWN else 500 if code >= 500 else 400)
    answer.status_code = code
    for name, value in error.get_headers():  # Allow of a 405, Retry-After of a 429, Content-Range of a 416
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Any:
    current_app.logger.error("request %s failed", g.get("request_id"), exc_info=error)
    return _after_failure(lambda: page(500))


def _database(error: OperationalError) -> Any:
    """A full disk or an absent database: reading may go on, writing says so."""
    told = str(error.orig)
    if told.startswith(BUGS):
        return _unexpected(error)
    current_app.logger.error("request %s: database: %s", g.get("request_id"), told)
    if is_full(error):
        return _no_room(told)
    return _after_failure(lambda: page(503))


def is_full(error: DBAPIError) -> bool:
    """Whether the database refused to write for lack of room."""
    full = "database or disk is full" in str(error.orig) or "No space left on device" in str(error.orig)
    return full or getattr(error.orig, "sqlstate", None) == DISK_FULL_STATE


def _os(error: OSError) -> Any:
    return _no_room(str(error)) if error.errno in NO_ROOM else _unexpected(error)


def _full(error: StorageFull) -> Any:
    return _no_room(str(error))


def _no_room(told: str) -> Any:
    current_app.logger.error("request %s: no room left: %s", g.get("request_id"), told)
    with contextlib.suppress(SQLAlchemyError):  # the journal may stand on the same full disk
        _ring_full()
    return _after_failure(lambda: page(503, reason="full"))


def _ring_full() -> None:
    at = clock.now()
    with transaction():
        last = journal.latest("storage_full")
        if last is None or at - last.at > ALARM_EVERY:
            journal.write("storage_full", "storage", at=at)


def _unavailable(error: StorageUnavailable) -> Any:
    current_app.logger.error("request %s: storage: %s", g.get("request_id"), error)
    return _after_failure(lambda: page(503))


def _damaged(error: Damaged) -> Any:
    """A file that was altered is never served: a page, an alarm for the administrator."""
    with contextlib.suppress(SQLAlchemyError):
        blobs.note_damage(error)
    return _after_failure(lambda: page(500, reason="damaged"))


def _after_failure(make: Callable[[], Response]) -> Response:
    """The page once the session is clean again; a bare sentence if even the page cannot be made (the database is away)."""
    with contextlib.suppress(SQLAlchemyError):
        db.session.rollback()
    try:
        return make()
    except Exception as again:
        current_app.logger.error("request %s: its page failed too: %s", g.get("request_id"), again)
        return Response(
            "Élus est momentanément indisponible. Réessayez dans quelques minutes.\n", 503, mimetype="text/plain"
        )


def install(app: Flask) -> None:
    """Give the application its pages for errors."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(StorageFull, _full)
    app.register_error_handler(StorageUnavailable, _unavailable)
    app.register_error_handler(Damaged, _damaged)
    app.register_error_handler(OSError, _os)
    app.register_error_handler(Exception, _unexpected)
