"""How a page of the editor answers: to a form by a page, to a module by the same words as JSON."""

from typing import Any

from flask import redirect, render_template, request
from wtforms import BooleanField, DateField, Field, SelectField, TimeField

from elus.kernel import clock
from elus.kernel.errors import Refused
from elus.kernel.forms import errors_of
from elus.meetings.forms import RevisionForm
from elus.meetings.models import Meeting


def wants_json() -> bool:
    """Whether a module of the page asks, not a form."""
    return request.accept_mimetypes.best == "application/json"


def said(code: str, **facts: Any) -> str:
    """The sentence for what was just done."""
    return render_template("meetings/_said.html", code=code, at=clock.now(), **facts).strip()


def refusal_words(refused: Refused, meeting_id: object) -> str:
    """The sentence for what was refused."""
    return render_template("meetings/_refusal.html", refusal=refused, meeting_id=meeting_id).strip()


def done(location: str, code: str, revision: int, **facts: Any) -> Any:
    """Told in place to a module; otherwise the page again, at what changed."""
    if wants_json():
        return {"said": said(code, **facts), "revision": revision, **facts}
    return redirect(location, 303)


def invalid(form: RevisionForm) -> Any:
    """Told to a module: each error; the page keeps what was typed."""
    return {"errors": {field.name: words for field, words in errors_of(form)}}, 422


def conflict(meeting: Meeting, form: RevisionForm, stored: RevisionForm, *, back: str) -> Any:
    """Two agents wrote the same thing: both texts side by side, what was typed kept, and a way to put it on top."""
    pairs = [(mine, stored[mine.name]) for mine in form if mine.name not in ("revision", "csrf_token", "agenda")]
    rows = [(mine.label.text, shown(theirs), shown(mine)) for mine, theirs in pairs if shown(mine) != shown(theirs)]
    if wants_json():
        return {"conflict": True}, 409
    page = render_template(
        "meetings/conflict.html",
        meeting=meeting,
        rows=rows,
        fields=[(mine.name, raw(mine)) for mine, _ in pairs if raw(mine) is not None],
        revision=meeting.revision,
        back=back,
    )
    return page, 409


def shown(field: Field) -> str:
    """A field as words."""
    if isinstance(field, BooleanField):
        return "Oui" if field.data else "Non"
    if isinstance(field, SelectField):
        return next((str(choice.label) for choice in field.choices if choice.value == field.data), str(field.data))
    if isinstance(field, DateField | TimeField):
        return raw(field) or ""
    return str(field.data or "")


def raw(field: Field) -> str | None:
    """A field as a form sends it; None for an empty box."""
    if isinstance(field, BooleanField):
        return "y" if field.data else None
    if isinstance(field, TimeField):
        return field.data.strftime("%H:%M") if field.data else ""
    if isinstance(field, DateField):
        return field.data.isoformat() if field.data else ""
    return str(field.data or "")
