"""Going to the identity provider and back: to enter, or to link its account to one's own.

The provider is reached by a POST and a page that moves on by itself: a form may not lead elsewhere (CSP `form-action`), and no link
from outside opens a session (login CSRF). Coming back is a GET that the state binds to this browser.
"""

import secrets
from datetime import datetime
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for

from elus.config import Settings
from elus.identity import actions
from elus.identity.provider import states
from elus.identity.provider.states import LINK, SIGN_IN, Flow
from elus.identity.provider.unproven import Unproven
from elus.identity.views.blueprint import WIDE, bp, enter, onwards, origin, safe_path
from elus.identity.views.provider import leaving, linking
from elus.identity.views.provider.gates import linker, settings_in_force, through
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer, fresh_proof, gate, signed_in, viewer
from elus.kernel.limits import limiter
from elus.kernel.web import is_prefetch

LONGEST_PATH, LONGEST_CODE = 500, 2048
STATUS = {"stale": 400, "invalid": 400, "down": 503, "clock": 503}  # the others: 403


@bp.post("/connexion/fournisseur")
@limiter.limit(WIDE)
@gate(through)
def provider(settings: Settings) -> Any:
    """Go and prove who one is there."""
    if viewer():
        return redirect(onwards(), code=303)
    return _leave(settings, SIGN_IN, suite=safe_path(request.args.get("suite")) or "")


@bp.post("/compte/securite/fournisseur")
@gate(linker)
@fresh_proof
def link_provider(who: Viewer) -> Any:
    """Go and prove that an account there is one's own; both factors were proven here a moment ago."""
    return _leave(settings_in_force(), LINK, account=str(who.user_id))


@bp.get("/connexion/fournisseur/retour")
@limiter.limit(WIDE)
@gate(through)
def provider_return(settings: Settings) -> Any:
    """Back from the provider."""
    who, at = viewer(), clock.now()
    account = str(who.user_id) if who else ""
    flow = states.resume(
        _only("state"),
        browser=request.cookies.get(_cookie_name(settings), ""),
        issuer=settings.oidc_issuer or "",
        account=account,
        at=at,
    )
    try:
        if flow is None or is_prefetch():
            raise Unproven("stale")
        if who and flow.purpose == SIGN_IN:
            return redirect(url_for("home.desk"))
        answer = _arrive(settings, flow, _code(settings, flow, at), at)
    except Unproven as why:
        return _failed(settings, why, flow)
    answer.delete_cookie(_cookie_name(settings), secure=settings.secure, httponly=True, samesite="Lax")
    return answer


def _leave(settings: Settings, purpose: str, *, account: str = "", suite: str = "") -> Any:
    from elus.identity.provider import client  # here: only a portal with a provider loads Authlib

    kept = f"{secrets.token_urlsafe(32)}{suite if len(suite) <= LONGEST_PATH else ''}"
    flow = states.begin(purpose, browser=kept, issuer=settings.oidc_issuer or "", account=account, at=clock.now())
    db.session.rollback()  # nothing of ours waits for the provider
    try:
        url = client.authorization_url(settings, flow, again="login" if purpose == LINK else None)
    except Unproven as why:
        return _failed(settings, why, flow)
    response = make_response(render_template("identity/provider_leave.html", url=url, name=settings.oidc_name))
    response.headers["Refresh"] = f"0; url={url}"
    response.set_cookie(
        _cookie_name(settings), kept, max_age=states.VALID, secure=settings.secure, httponly=True, samesite="Lax"
    )
    return response


def _code(settings: Settings, flow: Flow, at: datetime) -> str:
    """The code of an answer that is the provider's, to our request, for the first time."""
    from elus.identity.provider import discovery

    named, error = _only("iss"), _only("error")
    if (named or discovery.discover(settings).names_itself) and named != settings.oidc_issuer:  # RFC 9207: no mix-up
        raise Unproven("invalid", "another issuer")
    with transaction():
        first = actions.spend(flow.state, expires_at=flow.expires_at)
    if not first:
        raise Unproven("stale", "the state has served")
    if error:
        known = {"access_denied": "denied", "temporarily_unavailable": "down", "server_error": "down"}
        raise Unproven(known.get(error, "invalid"), f"error {error[:60]!r}")
    code = _only("code")
    if not code or len(code) > LONGEST_CODE:
        raise Unproven("invalid", "no code")
    return code


def _arrive(settings: Settings, flow: Flow, code: str, at: datetime) -> Response:
    from elus.identity.provider import client, tokens

    def expected(access_token: str) -> tokens.Expected:
        acr, issuer = settings.oidc_acr, settings.oidc_issuer or ""
        return tokens.Expected(issuer, settings.oidc_client_id, acr, flow.nonce, access_token, at)

    db.session.rollback()
    proven, access_token = client.prove(settings, code, flow, expected)
    if flow.purpose == LINK:
        linking.insist_on_now(proven.proven_at, flow)
        label = client.described(settings, access_token, proven.subject)
        return linking.ask(settings, proven.subject, label, who=signed_in(viewer()), at=at)
    try:
        with transaction():
            token = actions.enter_by_provider(
                settings.oidc_issuer or "",
                proven.subject,
                acr=proven.acr,
                amr=proven.amr,
                proven_at=proven.proven_at,
                origin=origin(),
                at=at,
            )
    except Refused as refused:
        raise Unproven(refused.code) from refused
    enter(token)
    response = make_response(redirect(_suite(settings) or url_for("home.desk")))
    leaving.keep(response, settings, proven.token)
    return response


def _suite(settings: Settings) -> str | None:
    """Where the person was going: it follows the secret in the cookie, and the state vouches for both."""
    return safe_path(request.cookies.get(_cookie_name(settings), "")[43:])


def _only(name: str) -> str:
    """A parameter given once; twice is no answer of a provider."""
    given = request.args.getlist(name)
    return given[0] if len(given) == 1 else ""


def _cookie_name(settings: Settings) -> str:
    return "__Host-elus-provider" if settings.secure else "elus-provider"


def _failed(settings: Settings, why: Unproven, flow: Flow | None) -> Response:
    """What happened and what to do; the log keeps what was seen, never a code nor a token."""
    current_app.logger.warning("identity provider: %s", why)
    linked = flow is not None and flow.purpose == LINK
    page = render_template("identity/provider_failed.html", why=why.code, name=settings.oidc_name, linking=linked)
    response = make_response(page, STATUS.get(why.code, 403))
    response.delete_cookie(_cookie_name(settings), secure=settings.secure, httponly=True, samesite="Lax")
    return response
