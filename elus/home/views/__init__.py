"""Pages one lands on."""

from flask import Blueprint

bp = Blueprint("home", __name__)
