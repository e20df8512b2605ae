"""« Aider à se connecter »: where an account stands, unlocking it, and the rescue code (screen S8).

Answers the agent pressed by a voice on the phone: the identity is checked first, a reason stays, and everybody concerned is told.
"""

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for

from elus.identity import actions as identity
from elus.identity.models import User
from elus.identity.queries import held_by
from elus.kernel import clock, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, fresh_proof, gate, signed_in, viewer
from elus.organizations.forms import HelpForm
from elus.organizations.models import Person
from elus.organizations.queries import memberships_of
from elus.organizations.rescues import access, actions, queries, rules
from elus.organizations.rescues.actions import By
from elus.organizations.views.blueprint import bp

PAGE = "/secretariat/personnes/<uuid:person_id>/depannage"
Found = tuple[Person, User]


@bp.route(PAGE, methods=["GET", "POST"])
@gate(access.helped)
@fresh_proof
def rescue(found: Found) -> Any:
    """The state of an account, and the code: at once when one helper is enough, else asked for."""
    form, who = HelpForm(), signed_in(viewer())
    person_id, user_id = found[0].id, found[1].id
    if not form.validate_on_submit():
        return _page(who, person_id, form), 422 if form.is_submitted() else 200
    try:
        with transaction():
            code = actions.ask(user_id, reason=form.reason.data, by=_by(who), at=clock.now())
    except Refused as refused:
        return _page(who, person_id, form, refusal=refused), 409
    if code is None:
        flash("", "rescue_asked")
        return redirect(_url(person_id), code=303)
    return _told(person_id, code)


@bp.post(f"{PAGE}/confirmer")
@gate(access.helped)
@fresh_proof
def second_rescue(found: Found) -> Any:
    """The second helper confirms, and reads the code."""
    who, (person_id, user_id) = signed_in(viewer()), _ids(found)
    try:
        with transaction():
            code = actions.second(user_id, by=_by(who), at=clock.now())
    except Refused as refused:
        return _page(who, person_id, HelpForm(formdata=None), refusal=refused), 409
    return _told(person_id, code)


@bp.post(f"{PAGE}/annuler")
@gate(access.helped)
@fresh_proof
def cancel_rescue(found: Found) -> Any:
    """The code, or the request for one, serves no more."""
    return _act(found, "rescue_cancelled", lambda user_id, by, at: actions.cancel(user_id, by=by, at=at))


@bp.post(f"{PAGE}/debloquer")
@gate(access.helped)
@fresh_proof
def unlock(found: Found) -> Any:
    """The person may try again now."""
    return _act(found, "unlocked", lambda user_id, by, at: identity.unlock(user_id, by=by.user_id, at=at))


def _act(found: Found, done: str, act: Callable[[uuid.UUID, By, Any], object]) -> Any:
    who, (person_id, user_id) = signed_in(viewer()), _ids(found)
    try:
        with transaction():
            act(user_id, _by(who), clock.now())
    except Refused as refused:
        return _page(who, person_id, HelpForm(formdata=None), refusal=refused), 409
    flash("", done)
    return redirect(_url(person_id), code=303)


def _told(person_id: uuid.UUID, code: str) -> str:
    """The code, shown this once; the letters about it leave at once."""
    tasks.wake("letters")
    return render_template("organizations/rescue_code.html", person=db.session.get_one(Person, person_id), code=code)


def _page(who: Viewer, person_id: uuid.UUID, form: HelpForm, refusal: Refused | None = None) -> str:
    person, user = access.helped(who, person_id)
    targets, helpers = queries.parties({person_id, who.person_id}, who.day)
    target, helper = targets[person_id], helpers[who.person_id]
    rescue, asked_by = queries.under_way(user.id, who.at)
    how = rules.standing(target, helper)
    return render_template(
        "organizations/rescue.html",
        person=person,
        user=user,
        seats=memberships_of(person_id, who.day),
        held=held_by(user),
        last_entered_at=queries.last_entered(user.id),
        until=identity.waits_until(user.id, who.at),
        rescue=rescue,
        asked_by=asked_by,
        mine=rescue is not None and rescue.asked_by == who.user_id,
        together=asked_by is not None and queries.may_second(target, asked_by.id, helper, who.day),
        alone=how is rules.Standing.ALONE,
        others=[] if how is rules.Standing.ALONE else queries.others(target, helper, who.day),
        form=form,
        refusal=refusal,
    )


def _ids(found: Found) -> tuple[uuid.UUID, uuid.UUID]:
    return found[0].id, found[1].id


def _by(who: Viewer) -> By:
    return By(who.user_id, who.person_id)


def _url(person_id: uuid.UUID) -> str:
    return url_for("organizations.rescue", person_id=person_id)
