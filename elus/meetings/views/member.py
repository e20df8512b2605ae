"""The meeting and the list of meetings, as members read them (C4)."""

from datetime import date
from typing import Any

from flask import render_template, request

from elus.attendance.access import refusal
from elus.convocations.forms import ACKNOWLEDGEMENT
from elus.kernel.gate import Viewer, gate, member
from elus.law import regimes
from elus.meetings.state import Sitting, State, state_of
from elus.meetings.views.agenda import agenda
from elus.meetings.views.blueprint import bp
from elus.reading import diary
from elus.reading.dossier import dossier
from elus.reading.situation import Situation, seen_meeting


@bp.get("/reunions/<uuid:meeting_id>")
@gate(seen_meeting)
def show(mine: Situation) -> Any:
    """Everything about one meeting: my answer, the dossier, what is recorded."""
    who, meeting = mine.who, mine.meeting
    state = state_of(meeting, who.at)
    papers = dossier(meeting.id, who.person_id, at=who.at) if mine.published or mine.manages else None
    return render_template(
        "meetings/show.html",
        meeting=meeting,
        state=state,
        today=who.day,
        mine=mine,
        open=refusal(meeting, who.at) is None,
        sentence=ACKNOWLEDGEMENT,
        contents=papers.contents if papers else None,
        agenda=agenda(papers, meeting.id, meeting.published_at, by_secretariat=mine.manages) if papers else None,
        latest_day=_latest_day(meeting, mine.icpe, who.day) if state is State.ANNOUNCED else None,
    )


def _latest_day(meeting: Sitting, icpe: bool, today: date) -> date | None:
    """The last day on which the convocation may lawfully leave; None when no text sets one, or it has gone by."""
    regime = regimes.for_meeting(
        meeting.regime_type,
        icpe=icpe,
        reconvenes=meeting.reconvenes_id is not None,
        installation=meeting.installation,
        own_rules=meeting.own_rules,
    )
    latest = regime.delay.latest(meeting.day)
    return latest if latest and latest >= today else None


@bp.get("/reunions")
@gate(member)
def index(who: Viewer) -> Any:
    """My meetings, to come and past, twenty at a time."""
    assemblies = diary.assemblies(who)
    chosen = diary.chosen(assemblies, request.args.get("assemblee", ""))
    after, before = diary.Key.read(request.args.get("apres")), diary.Key.read(request.args.get("avant"))
    return render_template(
        "meetings/index.html",
        assemblies=assemblies,
        chosen=chosen,
        coming=diary.coming(who, chosen or assemblies, after) if before is None else None,
        past=diary.past(who, chosen or assemblies, before) if after is None else None,
        today=who.day,
        at=who.at,
        state_of=state_of,
    )
