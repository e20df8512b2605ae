"""Pages of a convocation: check, publish, follow, change; and what each person does with theirs."""

from flask import Blueprint

bp = Blueprint("convocations", __name__)

from elus.convocations.views import changing, exporting, following, preparing, receiving  # noqa: E402, F401 — their routes join
