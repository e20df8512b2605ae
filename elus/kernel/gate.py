"""Doors: every route has exactly one gate, which loads the thing and authorises in one act.

Answers the threats of a forgotten check (the application does not start) and of an identifier guessed (404 hides).
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, url_for
from flask_login import current_user

from elus.kernel import clock
from elus.kernel.errors import ProofFirst, SignInFirst

R = TypeVar("R")
T = TypeVar("T")
NEVER = datetime.min.replace(tzinfo=UTC)
FRESH = timedelta(minutes=10)
"""How long a proof of both factors lets one publish, export proof, change ways in, rescue and administer."""


@dataclass(frozen=True)
class Viewer:
    """Who asks, through which session, and when; a plain value that survives the transaction."""

    user_id: uuid.UUID
    person_id: uuid.UUID
    session_id: uuid.UUID
    name: str
    at: datetime
    day: date
    fresh_at: datetime = NEVER
    factor: str = ""
    client: str = ""
    administrator: bool = False
    secretary: bool = False

    @property
    def staff(self) -> bool:
        """Whether the person works for the authority here: shorter sessions, stronger ways in."""
        return self.administrator or self.secretary

    @property
    def fresh(self) -> bool:
        """Whether both factors were proven less than ten minutes ago."""
        return self.at - self.fresh_at <= FRESH

    @property
    def session_hash(self) -> str:
        """What the register keeps of the session, whatever the act: two acts of one session can be told to be so."""
        return hashlib.sha256(self.session_id.bytes).hexdigest()


def viewer() -> Viewer | None:
    """The person behind this request, once both factors are proven; None for a stranger."""
    if "viewer" not in g:
        at = clock.now()
        g.viewer = current_user.as_viewer(at) if current_user.is_authenticated else None
    return g.viewer  # type: ignore[no-any-return]  # flask.g is untyped


def signed_in(who: Viewer | None) -> Viewer:
    """The viewer, or the sign-in page."""
    if who is None:
        raise SignInFirst
    return who


def anyone(who: Viewer | None, **url: Any) -> None:
    """Gate of the public pages."""


def member(who: Viewer | None, **url: Any) -> Viewer:
    """Gate of the pages that only ask for a signed-in person; gives the viewer."""
    return signed_in(who)


def administrator(who: Viewer | None, **url: Any) -> Viewer:
    """Gate of the platform's settings; hidden from everybody else."""
    found = signed_in(who)
    if not found.administrator:
        abort(404)
    return found


def gate(check: Callable[..., T]) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give the view what `check(viewer, **url)` returns; `check` raises to refuse."""

    def wrap(view: Callable[..., R]) -> Callable[..., R]:
        @wraps(view)
        def guarded(**url: Any) -> R:
            return view(check(viewer(), **url))

        guarded.gate = check  # type: ignore[attr-defined]  # read by insist_on_gates and the table of routes
        return guarded

    return wrap


def fresh_proof(view: Callable[..., R]) -> Callable[..., R]:
    """Let a view act only for somebody who proved both factors less than ten minutes ago; written under `@gate`."""

    @wraps(view)
    def guarded(*given: Any, **url: Any) -> R:
        if not signed_in(viewer()).fresh:
            raise ProofFirst
        return view(*given, **url)

    guarded.fresh_proof = True  # type: ignore[attr-defined]  # read by the table of routes
    return guarded


def fresh_act(view: Callable[..., R]) -> Callable[..., R]:
    """The same where one address shows a form and takes it: reading it asks for nothing, sending it does."""

    @wraps(view)
    def guarded(*given: Any, **url: Any) -> R:
        if request.method not in {"GET", "HEAD"} and not signed_in(viewer()).fresh:
            raise ProofFirst
        return view(*given, **url)

    guarded.fresh_act = True  # type: ignore[attr-defined]  # read by the table of routes
    return guarded


def insist_on_gates(app: Flask) -> None:
    """Refuse to start when a route has no gate."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if not hasattr(view, "gate"):
            raise RuntimeError(f"the route {rule.rule} ({rule.endpoint}) has no gate")


def to_sign_in(_error: SignInFirst) -> Any:
    """Lead a stranger to the sign-in page, and back afterwards."""
    if request.method not in {"GET", "HEAD"}:
        return redirect(url_for("identity.sign_in"), code=303)
    return redirect(url_for("identity.sign_in", suite=request.full_path.rstrip("?")), code=302)
