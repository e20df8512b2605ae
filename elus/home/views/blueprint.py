"""The blueprint of these pages."""

from flask import Blueprint

bp = Blueprint("home", __name__)
