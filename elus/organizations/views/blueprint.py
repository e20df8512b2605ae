"""The pages of people and organizations."""

from flask import Blueprint

bp = Blueprint("organizations", __name__)
