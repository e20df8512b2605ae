"""The cookie by which a browser is known again: a random token for a year, apart from the session, that opens nothing."""

import re
import secrets

from flask import Response, after_this_request, current_app, g, request

from elus.config import Settings
from elus.identity.models import hash_token
from elus.kernel.web import YEAR

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def mine() -> str:
    """What a row keeps of this browser's token; one is made for a browser that has none, and kept if it enters."""
    return hash_token(_token())


def renew() -> None:
    """Another token for this browser: the one it had was declared lost."""
    g.device_token = secrets.token_urlsafe(32)
    keep()


def keep() -> None:
    """Make the browser remember its token for another year."""
    settings: Settings = current_app.extensions["elus.settings"]
    token = _token()

    @after_this_request
    def _remember(response: Response) -> Response:
        response.set_cookie(
            _name(settings), token, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.secure, path="/"
        )
        return response


def _token() -> str:
    if "device_token" not in g:
        settings: Settings = current_app.extensions["elus.settings"]
        kept = request.cookies.get(_name(settings), "")
        g.device_token = kept if TOKEN.fullmatch(kept) else secrets.token_urlsafe(32)
    return str(g.device_token)


def _name(settings: Settings) -> str:
    return "__Host-elus-device" if settings.secure else "elus-device"
