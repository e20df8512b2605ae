"""The edge of the web: host, headers and CSP, request id, proxies, versioned static files.

Answers forged Host headers, injected scripts, prefetching browsers that would make false receipts, and caches that keep papers.
"""

import hashlib
import uuid
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request, send_from_directory
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from elus.config import Settings
from elus.kernel.gate import gate, viewer

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
YEAR = 31_536_000
STATIC = Path(__file__).parent.parent / "static"


@cache
def release() -> str:
    """A fingerprint of all static files: a new release changes every static address at once."""
    whole = hashlib.sha256()
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        whole.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file, good for a year."""
    return f"/static/{release()}/{name}"


THEMES = ("auto", "light", "dark", "cream")
SIZES = ("100", "125", "150", "200")


def display() -> dict[str, str]:
    """Theme and size of text chosen on this device, from its cookies."""
    theme, size = request.cookies.get("theme", ""), request.cookies.get("size", "")
    return {"theme": theme if theme in THEMES else "auto", "size": size if size in SIZES else "100"}


def remember_display(answer: BaseResponse, **chosen: str) -> None:
    """Keep theme or size of text on this device for a year."""
    for name, value in chosen.items():
        answer.set_cookie(
            name,
            value,
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )


def is_prefetch() -> bool:
    """Whether a browser or a mail scanner asks in advance: that must never make a receipt."""
    purpose = " ".join(request.headers.get(name, "") for name in PURPOSES).lower()
    probes = request.headers.get("Range", "").replace(" ", "") in {"bytes=0-0", "bytes=0-1"}
    return request.method == "HEAD" or probes or "prefetch" in purpose or "preview" in purpose


def static_name(_viewer: object, *, release: str, name: str) -> str:
    """Gate: static files are public."""
    return name


@cache
def stylesheet() -> bytes:
    """The four layers as one file: a page asks for one style sheet."""
    return b"".join((STATIC / "css" / f"{layer}.css").read_bytes() for layer in ("tokens", "base", "parts", "pages"))


@gate(static_name)
def _static(name: str) -> Response:
    whole = name == "elus.css"
    response = Response(stylesheet(), mimetype="text/css") if whole else send_from_directory(STATIC, name)
    response.cache_control.public = True
    response.cache_control.no_cache = None
    if (request.view_args or {}).get("release") == release():
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
    else:  # a page of another release, during an upgrade: this answer must not stay under its address
        response.cache_control.max_age = 0
    if name.endswith((".js", ".mjs")):
        response.mimetype = "text/javascript"
    return response


class TrustedProxies:
    """X-Forwarded-* counts only when the peer is a proxy we know."""

    def __init__(self, app: Any, networks: tuple[str, ...]) -> None:
        self.plain = app
        self.fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=0)
        self.networks = [ip_network(network, strict=False) for network in networks]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        app = self.fixed if self.trusts(environ.get("REMOTE_ADDR") or "") else self.plain
        return app(environ, start_response)

    def trusts(self, peer: str) -> bool:
        """Whether a peer is one of our proxies, an IPv4 address seen through IPv6 included."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.networks)


def _hosts(settings: Settings) -> frozenset[str]:
    """The only `Host` accepted: what people type, and on a machine of one's own what it listens on."""
    allowed = {settings.public_host, settings.public_host.removesuffix(":80").removesuffix(":443")}
    local = {settings.listen, settings.listen.removesuffix(":80"), "localhost:" + settings.listen.rpartition(":")[2]}
    return frozenset(allowed | (local if urlsplit(settings.public_url).hostname == "localhost" else set()))


def install(app: Flask, settings: Settings) -> None:
    """Set up the edge."""
    app.add_url_rule("/static/<release>/<path:name>", "static_file", _static)
    app.jinja_env.globals.update(asset=asset, viewer=viewer, display=display)
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]

    hosts = _hosts(settings)

    @app.before_request
    def _open() -> None:
        g.request_id = uuid.uuid4().hex[:8]
        if request.path != "/healthz" and request.host.lower() not in hosts:
            abort(400)

    usual = {**HEADERS, "Cache-Control": "no-store"}
    if settings.secure:
        usual["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def _close(response: Response) -> Response:
        said = {name.lower() for name, _ in response.headers}  # read once: each look in them compares every name
        for name, value in usual.items():
            if name.lower() not in said:
                response.headers.add(name, value)
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response
