"""Pages of the meetings."""

from flask import Blueprint

bp = Blueprint("meetings", __name__)

from elus.meetings.views import member  # noqa: E402, F401 — its routes join the blueprint
