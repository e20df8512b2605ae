"""S5: nobody left out, proof at hand; reminders to those who have not opened, paper handed over."""

import uuid
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for

from elus.attendance.queries import answers
from elus.convocations import access, actions, queries
from elus.convocations.actions.following import REST
from elus.convocations.forms import HandOverForm, RemindForm
from elus.convocations.models import Recipient, Version
from elus.convocations.queries import Following, Line
from elus.convocations.views import bp
from elus.convocations.views.preparing import fresh
from elus.kernel import clock, tasks
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.law import delays
from elus.law.delays import Verdict
from elus.law.regimes import REGIMES
from elus.meetings.access import managed_meeting
from elus.meetings.models import Meeting

PAGE = 50
VIEWS = ("tous", "relancer", "refusees", "papier")


@bp.get("/secretariat/reunions/<uuid:meeting_id>/suivi")
@gate(managed_meeting)
def tracking(meeting: Meeting) -> Any:
    """Five figures, the delay as it turned out, and each person."""
    at = clock.now()
    held = queries.versions(meeting.id)
    convening = queries.convening(held)
    if convening is None:
        return render_template("convocations/untracked.html", meeting=meeting)
    version = next((one for one in held if str(one.number) == request.args.get("version")), convening)
    follow = queries.following(version.convocation_id, version.id)
    known = answers(meeting.id)
    view = request.args.get("voir", "tous")
    shown = lines_of(follow, view)
    page = _page(len(shown))
    return render_template(
        "convocations/tracking.html",
        meeting=meeting,
        version=version,
        convening=convening,
        versions=held,
        late=queries.late(held, at),
        follow=follow,
        verdict=verdict_on(version, follow, meeting),
        answers=known,
        answered=[line for line in follow.lines if line.person_id in known],
        view=view if view in VIEWS else "tous",
        lines=shown[(page - 1) * PAGE : page * PAGE],
        total=len(shown),
        page=page,
        pages=max(1, -(-len(shown) // PAGE)),
        remindable=version.leaves_at + REST <= at,
        at=at,
        done=request.args.get("fait"),
    )


def lines_of(follow: Following, view: str) -> list[Line]:
    """The people one asked to see."""
    lists = {"relancer": follow.to_remind, "refusees": follow.refused, "papier": follow.to_print}
    return list(lists.get(view, follow.lines))


def verdict_on(version: Version, follow: Following, meeting: Meeting) -> Verdict | None:
    """The delay as it turned out: the latest sending among members is the one that counts."""
    last = follow.last_sent_at
    if last is None:
        return None
    sent = clock.local_day(last, meeting.organization.body.zone)
    regime = REGIMES[version.regime]
    return delays.verdict(regime, sent=sent, sits=meeting.day, urgent=version.urgency is not None)


def _page(total: int) -> int:
    asked = request.args.get("page", "1")
    last = max(1, -(-total // PAGE))
    return min(max(int(asked), 1), last) if asked.isdecimal() and len(asked) < 6 else 1


@bp.route("/secretariat/reunions/<uuid:meeting_id>/relancer", methods=["GET", "POST"])
@gate(managed_meeting)
def remind(meeting: Meeting) -> Any:
    """Who would be reminded, then the reminder."""
    meeting_id, at = meeting.id, clock.now()
    convening = queries.convening(queries.versions(meeting_id))
    if convening is None:
        return redirect(url_for("convocations.tracking", meeting_id=meeting_id))
    follow = queries.following(convening.convocation_id, convening.id)
    form = RemindForm()
    if not form.validate_on_submit():
        return _remind_page(meeting, follow, form, None)
    people = [line.person_id for line in follow.to_remind]
    rested = timedelta() if form.again.data else REST
    try:
        with transaction():
            told = actions.remind(meeting_id, people, by=signed_in(viewer()).user_id, rested=rested, at=at)
    except Refused as refused:
        return _remind_page(fresh(meeting_id), follow, form, refused), 409
    tasks.wake("letters")
    return redirect(url_for("convocations.tracking", meeting_id=meeting_id, fait="relance", nombre=len(told)), 303)


def _remind_page(meeting: Meeting, follow: Following, form: RemindForm, refusal: Refused | None) -> str:
    at = clock.now()
    recent = [line for line in follow.to_remind if line.reminded_at and line.reminded_at + REST > at]
    return render_template(
        "convocations/remind.html", meeting=meeting, follow=follow, recent=recent, form=form, refusal=refusal
    )


@bp.route("/secretariat/reunions/<uuid:meeting_id>/suivi/<uuid:recipient_id>/remise", methods=["GET", "POST"])
@gate(access.managed_recipient)
def hand_over(recipient: Recipient) -> Any:
    """A convocation given on paper, as an agent records it."""
    at, meeting_id, recipient_id = clock.now(), _meeting_of(), recipient.id
    form = HandOverForm()
    if form.validate_on_submit():
        try:
            with transaction():
                actions.hand_over(
                    recipient_id,
                    on=form.on.data,
                    reference=form.reference.data,
                    today=clock.local_day(at),
                    by=signed_in(viewer()).user_id,
                    at=at,
                )
        except Refused as refused:
            return _hand_over_page(meeting_id, recipient_id, form, refused), 409
        return redirect(url_for("convocations.tracking", meeting_id=meeting_id, voir="papier", fait="remise"), 303)
    if not form.is_submitted():
        form.on.data = clock.local_day(at)
    return _hand_over_page(meeting_id, recipient_id, form, None), 422 if form.errors else 200


def _hand_over_page(meeting_id: uuid.UUID, recipient_id: uuid.UUID, form: HandOverForm, refusal: Refused | None) -> str:
    recipient = access.managed_recipient(viewer(), meeting_id, recipient_id)
    return render_template(
        "convocations/hand_over.html", meeting=fresh(meeting_id), recipient=recipient, form=form, refusal=refusal
    )


def _meeting_of() -> uuid.UUID:
    assert request.view_args
    found: uuid.UUID = request.view_args["meeting_id"]
    return found
