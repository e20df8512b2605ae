"""Setting one's account up, in four steps that can be left and resumed (screen C2).

Passkeys will come as a choice before the password: a step is a page, and `_step` alone says which one is next.
"""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask import session as cookie

from elus.identity import actions, passwords, totp
from elus.identity.forms import CodeForm, PasswordForm, PressForm
from elus.identity.models import Invitation, User, hash_token
from elus.identity.queries import last_invitation_used
from elus.identity.sealed import totp_secret
from elus.identity.views import waiting
from elus.identity.views.blueprint import WIDE, bp, enter, keep, masked, minutes_until, origin, saves_codes
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, gate, member
from elus.kernel.limits import limiter
from elus.organizations.actions import words_for
from elus.organizations.models import Person

LONGEST_TOLD = 60  # minutes: beyond, it was done in several times


@bp.route("/bienvenue/<token>", methods=["GET", "POST"])
@limiter.limit(WIDE, methods=["POST"])
@gate(waiting.linked)
def welcome(invitation: Invitation | None) -> Any:
    """What a mailed link shows; only the press starts anything."""
    state = _state(invitation)
    if invitation is None or state == "unknown":
        return render_template("identity/welcome_closed.html", state="unknown", invitation=None), 404
    if state == "mine":
        return redirect(_step_url(invitation.user))
    if state != "open":
        return render_template("identity/welcome_closed.html", state=state, form=PressForm()), 410
    form, invitation_id = PressForm(), invitation.id
    if form.validate_on_submit():
        try:
            with transaction():
                browser = actions.open_invitation(invitation_id, at=clock.now())
        except Refused:
            return redirect(request.path)
        keep(waiting.ENROLMENT, browser)
        cookie.permanent = True  # one may go on tomorrow, on the same tablet
        return redirect(url_for("identity.password"))
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
    return render_template("identity/welcome_closed.html", state=state, address=masked(address))


@bp.route("/bienvenue/mot-de-passe", methods=["GET", "POST"])
@gate(waiting.enrolling)
def password(invitation: Invitation) -> Any:
    """Step 2: a password, typed once."""
    user = invitation.user
    if _step(user) != "password":
        return redirect(_step_url(user))
    form, user_id, address = PasswordForm(), user.id, user.email
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        person = db.session.get_one(Person, user.person_id)
        weakness = passwords.weakness(form.password.data, (person.name, address))
        if weakness is None:
            db.session.rollback()  # hashing is slow on purpose: nothing waits for it
            hashed = passwords.hash_password(form.password.data)
            with transaction():
                owner = db.session.get_one(User, user_id)
                actions.set_password(owner, hashed)
                actions.prepare_totp(owner)
            return redirect(url_for("identity.confirm"))
        form.refuse(weakness)
    return render_template("identity/password.html", form=form, address=address), status


@bp.route("/bienvenue/code", methods=["GET", "POST"])
@gate(waiting.enrolling)
def confirm(invitation: Invitation) -> Any:
    """Step 3: the code of the tablet, saved then tried; its success shows the recovery codes, once."""
    user = invitation.user
    if _step(user) != "confirm":
        return redirect(_step_url(user))
    form, user_id = CodeForm(), user.id
    problem: dict[str, Any] | None = None
    secret, address = totp_secret(user) or "", user.email
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        at = clock.now()
        try:
            with transaction():
                right = actions.confirm_totp(user_id, form.code.data, at=at)
                codes = actions.new_recovery_codes(db.session.get_one(User, user_id)) if right else []
            if right:
                return render_template("identity/codes.html", form=PressForm(formdata=None), codes=codes)
            problem = {"code": "wrong"}
        except Refused as refused:
            problem, status = {"code": refused.code, "minutes": minutes_until(refused.facts["until"], at)}, 429
    link = totp.uri(secret, address)
    return render_template(
        "identity/confirm.html",
        form=form,
        problem=problem,
        link=f"apple-{link}" if saves_codes() else link,
        key=totp.grouped(secret),
        image=totp.qr(link),
    ), status


@bp.route("/bienvenue/codes-de-secours", methods=["GET", "POST"])
@gate(waiting.enrolling)
def codes(invitation: Invitation) -> Any:
    """Step 4, resumed: the codes were shown once; a press makes new ones."""
    user = invitation.user
    if _step(user) != "codes":
        return redirect(_step_url(user))
    form, made, user_id = PressForm(), list[str](), user.id
    if form.validate_on_submit():
        with transaction():
            made = actions.new_recovery_codes(db.session.get_one(User, user_id))
    return render_template("identity/codes.html", form=form, codes=made)


@bp.post("/bienvenue/pret")
@gate(waiting.enrolling)
def finish(invitation: Invitation) -> Any:
    """The codes are written down: the account opens, and this browser is signed in."""
    user_id, at = invitation.user_id, clock.now()
    try:
        with transaction():
            actions.activate(db.session.get_one(User, user_id), at=at)
            token = actions.start_session(user_id, factor="totp", origin=origin(), long_lived=False, at=at)
    except Refused:
        return redirect(_step_url(db.session.get_one(User, user_id)), code=303)
    enter(token)
    return redirect(url_for("identity.ready"), code=303)


@bp.get("/bienvenue/pret")
@gate(member)
def ready(who: Viewer) -> Any:
    """It is done; what one may want next."""
    minutes = None
    used = db.session.scalars(last_invitation_used(who.user_id)).first()
    if used and used.started_at and used.used_at:
        minutes = max(1, round((used.used_at - used.started_at).total_seconds() / 60))
    return render_template("identity/ready.html", minutes=minutes if minutes and minutes <= LONGEST_TOLD else None)


def _state(invitation: Invitation | None) -> str:
    """What became of a link: "open", "mine" (started here), "elsewhere", "expired", "ready" or "unknown"."""
    if invitation is None:
        return "unknown"
    if invitation.used_at or invitation.user.activated_at:
        return "ready"
    if invitation.expires_at <= clock.now():
        return "expired"
    if invitation.started_at is None:
        return "open"
    mine = hash_token(str(cookie.get(waiting.ENROLMENT, ""))) == invitation.browser_hash
    return "mine" if mine else "elsewhere"


def _step(user: User) -> str:
    """The step where somebody stands."""
    if not user.password_hash:
        return "password"
    return "codes" if user.totp_confirmed_at else "confirm"


def _step_url(user: User) -> str:
    return url_for(f"identity.{_step(user)}")
