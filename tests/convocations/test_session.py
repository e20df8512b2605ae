"""The acts of one session can be told to be of one session, and nothing more."""

import json
from dataclasses import replace
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from elus.attendance.actions import answer
from elus.attendance.models import Choice
from elus.convocations.actions import acknowledge, opened
from elus.kernel.db import db, transaction
from elus.kernel.gate import Viewer
from elus.papers.models import File
from elus.reading.actions import record_opening
from elus.reading.queries import opening
from elus.register.models import Event
from tests.convocations.cast import LATER, Council, viewer_of

ACTS = {"convocation_opened", "acknowledged", "answered", "document_served"}


def _acts(council: Council, by: Viewer) -> None:
    file_id = db.session.scalars(select(File.id)).one()
    with transaction():
        opened(council.meeting_id, by=by, factor="totp", at=by.at)
        acknowledge(council.meeting_id, "Reçue.", by=by, at=by.at)
        answer(council.meeting_id, Choice.COMES, by=by, at=by.at)
        record_opening(opening(council.meeting_id, file_id, by), file_id, sha256="0" * 64, size=1, who=by)


def _sessions() -> dict[str, set[str]]:
    db.session.rollback()
    found: dict[str, set[str]] = {}
    for line in map(json.loads, db.session.scalars(select(Event.line))):
        if line["type"] in ACTS:
            found.setdefault(line["type"], set()).add(line["session"])
    return found


def test_every_act_of_a_session_names_it_alike_and_not_by_its_identifier(app: Flask) -> None:
    council = Council()
    council.sent()
    by = viewer_of(council.members[0], council.at + 2 * LATER)
    _acts(council, by)
    assert _sessions() == {act: {by.session_hash} for act in ACTS}
    assert by.session_id.hex not in by.session_hash
    assert replace(by, session_id=uuid4()).session_hash != by.session_hash
