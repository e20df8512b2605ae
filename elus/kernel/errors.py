"""How the machine says no: refusals of the domain, and pages for everything else."""

import uuid
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from elus.kernel import clock


class Refused(Exception):
    """An action declines: a code and facts; the page has the words and answers 409."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class SignInFirst(Exception):
    """The page asks for somebody who has proven both factors."""


KNOWN = {400, 403, 404, 405, 409, 410, 413, 415, 429, 503}


def page(code: int) -> Response:
    """The page of a status code, with a reference that can be read on the phone."""
    reference = g.get("request_id") or uuid.uuid4().hex[:8]
    body = render_template(f"errors/{code}.html", reference=reference, at=clock.now())
    response = make_response(body, code)
    response.headers["Cache-Control"] = "no-store"
    return response


def _http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    code = error.code or 500
    if 300 <= code < 400:
        return error
    if request.accept_mimetypes.best == "application/json":
        return {"error": code}, code
    answer = page(code if code in KNOWN else 500 if code >= 500 else 400)
    answer.status_code = code
    if code == 405 and error.get_headers():
        answer.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
    return answer


def _unexpected(error: Exception) -> Any:
    current_app.logger.exception("request %s failed", g.get("request_id"), exc_info=error)
    return page(500)


def _database(error: OperationalError) -> Any:
    """A full disk or an absent database: reading may go on, writing says so."""
    current_app.logger.error("request %s: database: %s", g.get("request_id"), error.orig)
    return page(503)


def install(app: Flask) -> None:
    """Give the application its pages for errors."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unexpected)
