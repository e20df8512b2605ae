"""Step 1, who you are: by the link of a mail or the code of a letter; only a press starts anything."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask import session as cookie

from elus.identity import actions
from elus.identity.forms import LetterForm, PressForm
from elus.identity.models import Invitation, hash_token
from elus.identity.sealed import in_groups
from elus.identity.views import waiting
from elus.identity.views.blueprint import WIDE, bp, keep, masked, origin, to_wait
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import anyone, gate, viewer
from elus.kernel.limits import limiter
from elus.organizations.actions import words_for
from elus.organizations.models import Person


@bp.route("/bienvenue", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(anyone)
def arrive(_: None) -> Any:
    """The code of a letter, typed where the square cannot be photographed."""
    form, at = LetterForm(), clock.now()
    problem: dict[str, Any] | None = None
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with transaction():
                code = actions.find_letter(form.code.data, origin=origin(), at=at)
            if code:
                return redirect(url_for("identity.welcome", token=in_groups(code).replace(" ", "-")), code=303)
            problem = {"code": "wrong"}
        except Refused as refused:
            problem, status = to_wait(refused, at), 429
    return render_template("identity/arrive.html", form=form, problem=problem), status


@bp.route("/bienvenue/<token>", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(waiting.linked)
def welcome(invitation: Invitation | None) -> Any:
    """What a link or a code shows."""
    state = _state(invitation)
    if invitation is None or state == "unknown":
        return render_template("identity/welcome_closed.html", state="unknown", printed=False), 404
    if state == "mine":
        return redirect(url_for("identity.resume"))
    if state == "here":
        return redirect(url_for("identity.ready"))
    if state != "open":
        return render_template("identity/welcome_closed.html", state=state, printed=invitation.printed), 410
    form, invitation_id = PressForm(), invitation.id
    if form.validate_on_submit():
        try:
            with transaction():
                browser = actions.open_invitation(invitation_id, at=clock.now())
        except Refused:
            return redirect(request.path)
        keep(waiting.ENROLMENT, browser)
        cookie.permanent = True  # one may go on tomorrow, on the same tablet
        return redirect(url_for("identity.resume"))
    person = db.session.get_one(Person, invitation.user.person_id)
    words = words_for(person, at=clock.now())
    return render_template("identity/welcome.html", form=form, words=words)


@bp.post("/bienvenue/<token>/nouveau")
@limiter.limit(WIDE)
@gate(waiting.linked)
def renew(invitation: Invitation | None) -> Any:
    """Post another invitation to the account's own address."""
    at = clock.now()
    if invitation is None or _state(invitation) not in {"expired", "elsewhere"}:
        return redirect(request.path.removesuffix("/nouveau"))
    invitation_id, address = invitation.id, invitation.user.email
    words = words_for(db.session.get_one(Person, invitation.user.person_id), at=at)
    try:
        with transaction():
            actions.renew_invitation(db.session.get_one(Invitation, invitation_id), words, at=at)
        tasks.wake("letters")
        state = "renewed"
    except Refused as refused:
        state = refused.code
    return render_template("identity/welcome_closed.html", state=state, address=masked(address), printed=False)


def _state(invitation: Invitation | None) -> str:
    """What became of a link: "open", "mine" (started here), "elsewhere", "expired", "ready", "here" (and signed in) or "unknown"."""
    if invitation is None or invitation.user.suspended_at:
        return "unknown"
    if invitation.used_at or invitation.user.activated_at:
        who = viewer()
        return "here" if who and who.user_id == invitation.user_id else "ready"
    if invitation.expires_at <= clock.now():
        return "expired"
    if invitation.started_at is None:
        return "open"
    mine = hash_token(str(cookie.get(waiting.ENROLMENT, ""))) == invitation.browser_hash
    return "mine" if mine else "elsewhere"
