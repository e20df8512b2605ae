"""The tracking as a table one opens in a spreadsheet, and the letters to print."""

import csv
import io
from datetime import datetime
from typing import Any

from flask import Response, redirect, render_template, url_for

from elus.attendance.models import Answer
from elus.attendance.queries import answers
from elus.convocations import document, queries
from elus.convocations.document import Addressed
from elus.convocations.queries import Following, Line
from elus.convocations.views import bp
from elus.convocations.views.preparing import pdf_response
from elus.kernel import clock, journal, text
from elus.kernel.db import transaction
from elus.kernel.gate import fresh_proof, gate, signed_in, viewer
from elus.kernel.web import is_prefetch
from elus.meetings.access import managed_meeting
from elus.meetings.models import Meeting
from elus.organizations.models import Role


@bp.get("/secretariat/reunions/<uuid:meeting_id>/suivi.csv")
@gate(managed_meeting)
@fresh_proof
def export(meeting: Meeting) -> Any:
    """Every person with times and states, in French, safe to open in a spreadsheet; an act of the journal."""
    if is_prefetch():
        return Response(status=204)
    version = queries.convening(queries.versions(meeting.id))
    if version is None:
        return redirect(url_for("convocations.tracking", meeting_id=meeting.id))
    follow = queries.following(version.convocation_id, version.id)
    known = answers(meeting.id)
    table = io.StringIO()
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow(render_template("convocations/_headings.txt").strip().split(";"))
    for line in follow.lines:
        writer.writerow(
            [text.cell(cell) for cell in _cells(line, follow, version.created_at, known.get(line.person_id))]
        )
    response = Response("\ufeff" + table.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="suivi-{meeting.day.isoformat()}.csv"'
    subject, by = f"meeting:{meeting.id}", signed_in(viewer()).user_id
    with transaction():
        journal.write("tracking_exported", subject, at=clock.now(), by=by)
    return response


def _cells(line: Line, follow: Following, queued_at: datetime, answer: Answer | None) -> list[str]:
    def when(at: datetime | None) -> str:
        return text.moment(at) if at else ""

    words = render_template("convocations/_states.txt", line=line, answer=answer).split("\n")
    role, channel, state, choice = (words + [""] * 4)[:4]
    return [
        line.name,
        role,
        line.commune or "",
        channel,
        line.address or "",
        when(queued_at) if line.state else "",
        state,
        when(line.sent_at),
        f"{line.reply_code or ''} {line.reply_text or ''}".strip(),
        when(follow.at(line, "convocation_opened")),
        when(follow.at(line, "document_served")),
        when(follow.at(line, "acknowledged")),
        choice,
        text.day(line.handed_on) if line.handed_on else "",
        line.handed_note or "",
        when(line.reminded_at),
    ]


@bp.get("/secretariat/reunions/<uuid:meeting_id>/convocations-papier.pdf")
@gate(managed_meeting)
def print_batch(meeting: Meeting) -> Any:
    """One letter per person convened on paper or without an address, for window envelopes; an act of the journal."""
    if is_prefetch():
        return Response(status=204)
    version = queries.convening(queries.versions(meeting.id))
    if version is None:
        return redirect(url_for("convocations.tracking", meeting_id=meeting.id))
    follow = queries.following(version.convocation_id, version.id)
    people = [Addressed(line.name, _address(line), substitute=line.role is Role.SUBSTITUTE) for line in follow.to_print]
    if not people:
        return redirect(url_for("convocations.tracking", meeting_id=meeting.id, fait="rien-a-imprimer"))
    response = pdf_response(document.batch(version.manifest, people), f"convocations-{meeting.day.isoformat()}.pdf")
    subject, by = f"meeting:{meeting.id}", signed_in(viewer()).user_id
    with transaction():
        journal.write("paper_letters_made", subject, at=clock.now(), by=by, letters=len(people))
    return response


def _address(line: Line) -> tuple[str, ...]:
    """The lines of a postal address: one per line, or cut before the postcode."""
    parts = (line.address or "").replace(", ", "\n").splitlines()
    return tuple(part.strip() for part in parts if part.strip())
