"""Signing out there too (OpenID Connect RP-Initiated Logout 1.0): offered on the page after the sign-out, for shared computers.

The token the provider asks for then is sealed in a cookie that only the sign-out pages receive.
"""

import base64
import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request, url_for

from elus.config import Settings
from elus.identity.provider.unproven import Unproven
from elus.identity.views.blueprint import bp
from elus.identity.views.provider.gates import settings_in_force, through
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Damaged
from elus.kernel.gate import gate

PATH = "/deconnexion"
LARGEST = 3800  # what browsers keep of one cookie, name and attributes left aside
BINDING = b"elus/v1|provider|leaving"


def keep(response: Response, settings: Settings, token: str) -> None:
    """Remember what the provider will ask for, where it can sign somebody out."""
    from elus.identity.provider import discovery

    sealed = base64.urlsafe_b64encode(keyring().seal(token.encode(), BINDING)).decode()
    if discovery.discover(settings).end_session_endpoint and len(sealed) <= LARGEST:
        response.set_cookie(_name(settings), sealed, path=PATH, secure=settings.secure, httponly=True, samesite="Lax")


def next_page() -> str:
    """Where a sign-out leads: to the sign-in page, by way of the provider's when this browser came through it."""
    settings = settings_in_force()
    there = settings.provider_open and _name(settings) in request.cookies
    return url_for("identity.provider_left" if there else "identity.sign_in")


@bp.get(f"{PATH}/fournisseur")
@gate(through)
def provider_left(settings: Settings) -> str:
    """Signed out here; the provider may still know this browser."""
    return render_template("identity/provider_left.html", name=settings.oidc_name)


@bp.get(f"{PATH}/fournisseur/suite")
@gate(through)
def provider_sign_out(settings: Settings) -> Any:
    """To the provider's own sign-out, which leads back to the sign-in page."""
    from elus.identity.provider import discovery

    home = url_for("identity.sign_in")
    try:
        token = keyring().open(base64.urlsafe_b64decode(request.cookies.get(_name(settings), "")), BINDING).decode()
        there = discovery.discover(settings).end_session_endpoint
    except (Damaged, ValueError, Unproven):
        there = None
    if there is not None:
        asked = {
            "id_token_hint": token,
            "post_logout_redirect_uri": settings.public_url + home,
            "state": secrets.token_urlsafe(24),
        }
        there += ("&" if "?" in there else "?") + urlencode(asked)
    response = redirect(there or home)
    response.delete_cookie(_name(settings), path=PATH, secure=settings.secure, httponly=True, samesite="Lax")
    return response


def _name(settings: Settings) -> str:
    return "__Secure-elus-provider-end" if settings.secure else "elus-provider-end"
