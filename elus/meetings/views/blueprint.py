"""The blueprint of these pages."""

from flask import Blueprint

bp = Blueprint("meetings", __name__)
