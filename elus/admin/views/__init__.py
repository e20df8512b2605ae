"""The administrator's pages, and the journal, which secretariats read too."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/administration")

from elus.admin.views import accounts, alarms, journal  # noqa: E402 — they hang their routes on the blueprint

__all__ = ["accounts", "alarms", "bp", "journal"]
