"""The base of every form: French messages, CSRF, and what was typed is kept."""

from typing import Any

from flask import Flask
from flask_wtf import FlaskForm
from wtforms import Field

from elus.kernel.text import one_line

CONTROL_FREE_LENGTH = 300


class Form(FlaskForm):
    """Shape and presence only; whether the law allows it is for the action to say."""

    class Meta:
        """WTForms speaks French."""

        locales = ("fr_FR", "fr")


def cleaned(value: Any) -> Any:
    """Field filter: a line without control or direction marks."""
    return one_line(value, CONTROL_FREE_LENGTH) if isinstance(value, str) else value


def errors_of(form: FlaskForm) -> list[tuple[Field, str]]:
    """Every error with its field, in the order of the page, for the error summary."""
    return [(field, error) for field in form for error in field.errors if isinstance(error, str)]


def install(app: Flask) -> None:
    """Give Jinja the errors of a form."""
    app.jinja_env.filters["form_errors"] = errors_of
