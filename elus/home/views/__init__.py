"""Pages one lands on."""

from flask import Blueprint

bp = Blueprint("home", __name__)

from elus.home.views import desk  # noqa: E402, F401 — its route joins the blueprint
