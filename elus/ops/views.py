"""What a supervisor and a robot ask."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from elus.kernel.db import db
from elus.kernel.gate import anyone, gate

bp = Blueprint("ops", __name__)


@bp.get("/healthz")
@gate(anyone)
def health(_nobody: None) -> Any:
    """Whether this process answers and reads its database; says nothing more."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return Response("indisponible\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
