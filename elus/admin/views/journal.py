"""S10: who did what, of which meeting, when, from which device; filters, pages by key, a table for a spreadsheet."""

import csv
import io
import uuid
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, get_template_attribute, render_template, request, url_for

from elus.admin.journal import access, queries
from elus.admin.journal.asked import FAMILIES, Asked
from elus.admin.journal.lines import Line, Mark
from elus.identity.queries import goes_on
from elus.kernel import clock, journal, text
from elus.kernel.clock import LEGAL_ZONE
from elus.kernel.db import transaction
from elus.kernel.gate import Viewer, fresh_proof, gate
from elus.kernel.running import while_allowed
from elus.kernel.web import is_prefetch

bp = Blueprint("journal", __name__)


@bp.get("/journal")
@gate(access.reader)
def index(who: Viewer) -> str:
    """Fifty lines, filters first."""
    asked = _asked()
    found = queries.page(who, asked, before=_mark("avant"), after=_mark("apres"))
    kept = _kept(asked)
    return render_template(
        "admin/journal.html",
        page=found,
        asked=asked,
        kept=kept,
        families=FAMILIES,
        sitting=queries.sitting_of(who, asked.meeting_id) if asked.meeting_id else None,
        protected=journal.protected(),
        older=_beside(kept, "avant", found.older),
        newer=_beside(kept, "apres", found.newer),
    )


@bp.get("/journal.csv")
@gate(access.reader)
@fresh_proof
def export(who: Viewer) -> Response:
    """The same lines, all of them, for a spreadsheet; the export itself is a line, so nothing is given in advance."""
    if is_prefetch():
        return Response(status=204)
    asked = _asked()
    with transaction():
        journal.write("journal_exported", "journal", at=clock.now(), by=who.user_id, filters=sorted(_kept(asked)))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the body outlives the request
    allowed = while_allowed(_table(app, who, asked), lambda at: goes_on(who.session_id, at))
    response = Response(allowed, content_type="text/csv; charset=utf-8")
    name = f"journal-{clock.local_day(who.at).isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _table(app: Flask, who: Viewer, asked: Asked) -> Iterator[bytes]:
    """Batch after batch, each read and let go in its own context: constant memory, no transaction held."""
    mark, headings = None, app.jinja_env.get_template("admin/_journal_headings.txt").render().strip()
    yield ("\ufeff" + _row(headings.split(";"))).encode()
    while True:
        with app.app_context():
            lines = queries.batch(who, asked, before=mark)
            sentence = get_template_attribute("parts/journal.html", "sentence")
            rows = "".join(_row(_cells(line, sentence(line).unescape())) for line in lines)
        if not lines:
            return
        yield rows.encode()
        mark = lines[-1].mark


def _cells(line: Line, told: str) -> list[str]:
    at = line.at.astimezone(ZoneInfo(LEGAL_ZONE)).isoformat(sep=" ", timespec="seconds")
    meeting = f"{line.sitting.organization}, {line.sitting.day.isoformat()}" if line.sitting else ""
    return [at, line.by or "", told, meeting, line.about or line.person or "", line.client, line.action]


def _row(cells: list[str]) -> str:
    table = io.StringIO()
    csv.writer(table, delimiter=";", lineterminator="\r\n").writerow([text.cell(cell) for cell in cells])
    return table.getvalue()


def _asked() -> Asked:
    """The filters of the address; what does not make sense asks for nothing."""
    family = request.args.get("quoi", "")
    return Asked(
        name=text.one_line(request.args.get("nom", ""), 60),
        family=family if family in FAMILIES else "",
        meeting_id=_uuid(request.args.get("reunion", "")),
        sits_on=_day("seance"),
        since=_day("du"),
        until=_day("au"),
    )


def _kept(asked: Asked) -> dict[str, str]:
    """The same filters, for the next address."""
    said = {
        "nom": asked.name,
        "quoi": asked.family,
        "reunion": str(asked.meeting_id or ""),
        "seance": asked.sits_on.isoformat() if asked.sits_on else "",
        "du": asked.since.isoformat() if asked.since else "",
        "au": asked.until.isoformat() if asked.until else "",
    }
    return {name: value for name, value in said.items() if value}


def _uuid(said: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(said)
    except ValueError:
        return None


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 2000 <= found.year < 3000 else None


def _beside(kept: dict[str, str], side: str, mark: Mark | None) -> str | None:
    """The address of the page on one side, « avant » or « apres » a mark."""
    if mark is None:
        return None
    return f"{url_for('journal.index')}?{urlencode({**kept, side: str(mark)})}"


def _mark(name: str) -> Mark | None:
    return Mark.read(request.args.get(name, ""))
