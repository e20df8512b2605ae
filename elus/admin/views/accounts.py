"""The accounts: who lacks a second step, whom to close out or sign out; nobody's password is ever set here (ASVS V6.4.6)."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from elus.admin import access
from elus.admin.accounts import PAGE, VIEWS, accounts
from elus.admin.views import bp
from elus.identity import actions as identity
from elus.identity.models import User
from elus.kernel import clock, paging
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, administrator, fresh_proof, gate, signed_in, viewer
from elus.kernel.text import one_line
from elus.organizations.rescues import queries as rescues


@bp.get("/comptes")
@gate(administrator)
@fresh_proof
def all_accounts(who: Viewer) -> str:
    """Fifty accounts, filters first."""
    return _page(who)


@bp.post("/comptes/<uuid:user_id>/suspendre")
@gate(access.one_account)
@fresh_proof
def suspend(user: User) -> Any:
    """Close an account at once."""
    return _act(user, "suspended", identity.suspend)


@bp.post("/comptes/<uuid:user_id>/retablir")
@gate(access.one_account)
@fresh_proof
def resume(user: User) -> Any:
    """Open it again."""
    return _act(user, "resumed", identity.resume)


@bp.post("/comptes/<uuid:user_id>/deconnecter")
@gate(access.one_account)
@fresh_proof
def end_sessions(user: User) -> Any:
    """Sign somebody out everywhere."""
    return _act(user, "signed_out", identity.end_sessions_of)


@bp.post("/comptes/deconnecter-tous")
@gate(administrator)
@fresh_proof
def end_all_sessions(who: Viewer) -> Any:
    """Sign everybody out but the administrator who asks."""
    with transaction():
        count = identity.end_sessions_of_all(kept=who.session_id, by=who.user_id, at=clock.now())
    flash(str(count), "all_signed_out")
    return redirect(url_for("admin.all_accounts"), code=303)


def _act(user: User, done: str, act: Callable[..., object]) -> Any:
    user_id, address, who = user.id, user.email, signed_in(viewer())
    try:
        with transaction():
            act(user_id, by=who.user_id, at=clock.now())
    except Refused as refused:
        return _page(who, refusal=refused.code), 409
    flash(address, done)
    asked = _asked()
    return redirect(_url(asked, asked["page"]), code=303)


def _page(who: Viewer, refusal: str | None = None) -> str:
    asked = _asked()
    rows = accounts(view=asked["vue"], name=asked["nom"], page=asked["page"], day=who.day, at=who.at)
    return render_template(
        "admin/accounts.html",
        rows=rows[:PAGE],
        waiting=rescues.waiting(who),
        before=_url(asked, asked["page"] - 1) if asked["page"] > 1 else None,
        after=_url(asked, asked["page"] + 1) if len(rows) > PAGE else None,
        asked=asked,
        back=paging.kept(asked),
        me=who.user_id,
        refusal=refusal,
    )


def _asked() -> dict[str, Any]:
    view = request.args.get("vue", "")
    return {
        "vue": view if view in VIEWS else "",
        "nom": one_line(request.args.get("nom", ""), 60),
        "page": paging.number(request.args.get("page", "1")),
    }


def _url(asked: dict[str, Any], page: int) -> str:
    return url_for("admin.all_accounts", **paging.kept({**asked, "page": page}))
