"""The pages of identity, and what several of them do."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, current_app, g, request, url_for
from flask import session as cookie
from flask_login import login_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from elus.config import Settings
from elus.identity import totp
from elus.identity.models import User
from elus.identity.origin import Origin, counted_network, named_client, rough_network
from elus.identity.policy import FLOOD as WIDE
from elus.identity.policy import Standing
from elus.identity.views import device, loader
from elus.kernel import clock
from elus.kernel.errors import Refused
from elus.kernel.web import YEAR
from elus.organizations.queries import is_secretary

__all__ = [
    "UNLOCK",
    "WIDE",
    "bp",
    "come_back",
    "enter",
    "go_on",
    "keep",
    "masked",
    "onwards",
    "origin",
    "remember_unlock",
    "safe_path",
    "shown_key",
    "standing_of",
    "to_wait",
    "told",
]

UNLOCK = "unlock"
bp = Blueprint("identity", __name__)
TURNING_ROUND = ("/connexion", "/bienvenue", "/deconnexion")


def safe_path(asked: str | None) -> str | None:
    """A path of this site that our own router answers to a GET; None for anything that leads elsewhere or turns round."""
    if not asked or not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", asked):
        return None
    parts = urlsplit(asked)
    if parts.scheme or parts.netloc or parts.path.startswith(TURNING_ROUND):
        return None
    try:
        current_app.url_map.bind(request.host).match(unquote(parts.path), method="GET")
    except HTTPException:  # unknown, posted only, or to be rewritten by a redirection
        return None
    return asked


def onwards() -> str:
    """Where the person was going, else home."""
    return safe_path(request.args.get("suite")) or url_for("home.desk")


def origin() -> Origin:
    """Where this request comes from."""
    return Origin(
        named_client(request.headers.get("User-Agent", "")),
        rough_network(request.remote_addr),
        device.mine(),
        counted_network(request.remote_addr),
    )


def keep(name: str, token: str) -> None:
    """Make this browser remember one token and forget all it had: a new identifier at each step."""
    cookie.clear()
    cookie[name] = token


def enter(token: str) -> None:
    """Sign this browser in with a session that has proven both factors; from then on it is a known device."""
    signed_in = loader.load(token)
    assert signed_in, "the session was opened a moment ago"
    cookie.clear()
    cookie.permanent = signed_in.long_lived
    login_user(signed_in)
    if signed_in.device_id is None:
        device.renew()
    else:
        device.keep()


def come_back(token: str, stays: bool) -> None:
    """The same on a device known already, with nothing to look up: what `enter` writes in the cookie, and no more."""
    cookie.clear()
    cookie.update({"_user_id": token, "_fresh": True})
    cookie.permanent = stays
    device.keep()


def go_on(token: str) -> None:
    """The same session under a new token; other windows keep what makes their forms valid."""
    signed_in = loader.load(token)
    assert signed_in, "the session was renewed a moment ago"
    cookie.pop("_user_id", None)
    login_user(signed_in)
    g.pop("viewer", None)


def standing_of(user: User, at: datetime) -> Standing:
    """What somebody is here at an instant, as far as doors are concerned."""
    return Standing.of(
        administrator=user.administrator_since is not None,
        secretary=is_secretary(user.person_id, clock.local_day(at)),
    )


def remember_unlock(response: Response) -> Response:
    """Let this browser be offered device unlock first from now on; it says nothing of whose."""
    settings: Settings = current_app.extensions["elus.settings"]
    response.set_cookie(UNLOCK, "1", max_age=YEAR, secure=settings.secure, httponly=True, samesite="Lax")
    return response


def _minutes_until(until: datetime, at: datetime) -> int:
    """Whole minutes to wait, at least one."""
    return max(1, -int((at - until).total_seconds() // 60))


def told(why: str) -> dict[str, Any]:
    """What a page says of a try that failed: "wrong", or "late:4", a clock off by so many minutes."""
    code, _, minutes = why.partition(":")
    return {"code": code, "minutes": int(minutes or 0)}


def to_wait(refused: Refused, at: datetime) -> dict[str, Any]:
    """What a page says of a try that was not even looked at: how long to wait, when that is why."""
    if refused.code == "too_many_tries":
        return {"code": refused.code, "minutes": _minutes_until(refused.facts["until"], at)}
    return told(refused.code)


def masked(address: str) -> str:
    """« c…@exemple.fr »: enough to recognise one's own address."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"


def shown_key(secret: str, address: str) -> dict[str, Any]:
    """The key of the codes as a link that saves it, as groups of letters to copy, as a square to photograph."""
    link = totp.uri(secret, address)
    return {
        "link": f"apple-{link}" if _saves_codes() else link,
        "key": totp.grouped(secret),
        "image": totp.qr(link),
    }


def _saves_codes() -> bool:
    """Whether this browser saves a key through `apple-otpauth:`; an iPad says it is a Macintosh, and only Safari knows how."""
    agent = request.headers.get("User-Agent", "")
    return any(name in agent for name in ("iPad", "iPhone", "Macintosh")) and "Version/" in agent and "Safari/" in agent
