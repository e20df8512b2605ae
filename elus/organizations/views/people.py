"""The people page of the secretariat: who is where, who can sign in, and the invitations."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from elus.kernel import clock, paging, tasks
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, gate, signed_in, viewer
from elus.kernel.text import one_line
from elus.organizations import access, actions, queries
from elus.organizations.models import Organization, Person
from elus.organizations.rescues import queries as rescues
from elus.organizations.views.blueprint import bp


@bp.get("/secretariat/personnes")
@gate(access.secretariat)
def people(who: Viewer) -> Any:
    """The people of the organizations I manage, fifty at a time."""
    return _page(who)


@bp.post("/secretariat/personnes/<uuid:person_id>/invitation")
@gate(access.invitable_person)
def invite(person: Person) -> Any:
    """Invite somebody, or again."""
    who = signed_in(viewer())
    person_id, name = person.id, person.name
    try:
        with transaction():
            actions.invite(db.session.get_one(Person, person_id), by=who.user_id, at=clock.now())
    except Refused as refused:
        return _page(who, refusal=refused, refused_name=name), 409
    tasks.wake("letters")
    flash(name, "invited")
    asked = _asked()
    return redirect(_url(asked, asked["page"]), code=303)


@bp.post("/secretariat/assemblees/<uuid:organization_id>/invitations")
@gate(access.managed_organization)
def invite_missing(organization: Organization) -> Any:
    """Invite all those of an organization who never were."""
    who, organization_id = signed_in(viewer()), organization.id
    with transaction():
        invited, left = actions.invite_missing(organization_id, by=who.user_id, at=clock.now())
    tasks.wake("letters")
    flash(str(invited), "invited_all")
    if left:
        flash(str(left), "not_invited")
    return redirect(url_for("organizations.people", assemblee=organization_id), code=303)


def _page(who: Viewer, refusal: Refused | None = None, refused_name: str = "") -> str:
    asked = _asked()
    groups = queries.groups(who)
    chosen = next((group for group in groups if str(group.organization.id) == asked["assemblee"]), None)
    rows = queries.people(
        who,
        organization_id=chosen.organization.id if chosen else None,
        name=asked["nom"],
        page=asked["page"],
    )
    return render_template(
        "organizations/people.html",
        groups=groups,
        waiting=rescues.waiting(who),
        chosen=chosen,
        rows=rows[: queries.PAGE],
        before=_url(asked, asked["page"] - 1) if asked["page"] > 1 else None,
        after=_url(asked, asked["page"] + 1) if len(rows) > queries.PAGE else None,
        back=paging.kept(asked),
        asked=asked,
        refusal=refusal,
        refused_name=refused_name,
        full_name=queries.full_name,
        me=who.person_id,
    )


def _asked() -> dict[str, Any]:
    return {
        "assemblee": _uuid(request.args.get("assemblee", "")),
        "nom": one_line(request.args.get("nom", ""), 60),
        "page": paging.number(request.args.get("page", "1")),
    }


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _url(asked: dict[str, Any], page: int) -> str:
    return url_for("organizations.people", **paging.kept({**asked, "page": page}))
