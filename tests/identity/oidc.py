"""A real OpenID Connect provider in a thread on loopback, as strict as ProConnect, whose lies a test decides."""

import base64
import contextlib
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.conftest import Browser

LEAVE, BACK = "/connexion/fournisseur", "/connexion/fournisseur/retour"
CLIENT, SECRET, ACR = (
    "elus",
    "un secret d'essai et long",
    "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
)

KNOWN = {
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "claims", "acr_values"),
    *("code_challenge", "code_challenge_method"),
}


@cache
def rsa_key(kid: str) -> RSAKey:
    """A key of its own, made once."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class IdentityProvider:
    """Who is signed in there, what the tokens say, and what each address answers."""

    def __init__(self) -> None:
        self.issuer = ""
        self.subject, self.email = "sub-camille", "camille@agents.exemple.invalid"
        self.key = rsa_key("one")
        self.edit: Callable[[dict[str, Any]], None] = lambda claims: None
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.document: dict[str, Any] = {}
        self.answers: dict[str, Any] = {}
        """What to answer at a path instead: (status, headers, body)."""
        self.signs_userinfo = True
        self.userinfo: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.error: str | None = None
        self.wait = 0.0  # seconds before any answer

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """A token this provider signs."""
        signer = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signer.kid}, claims, signer)

    def configuration(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "claims_parameter_supported": True,
            "authorization_response_iss_parameter_supported": True,
            **self.document,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Somebody is signed in there: where their browser is sent."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert asked.keys() <= KNOWN, "ProConnect refuses what it does not know"
        self.asked.append(asked)
        back = {"state": asked["state"], "iss": self.issuer}
        if self.error:
            return f"{asked['redirect_uri']}?{urlencode({**back, 'error': self.error})}"
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The tokens of a code: client, redirect address and PKCE verified, once."""
        given = (form.get("client_id"), form.get("client_secret"))
        if authorization.startswith("Basic "):
            name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            given = (name, secret)
        if given != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if not hmac.compare_digest(challenge, asked["code_challenge"]):
            return 400, {"error": "invalid_grant"}
        access, now = secrets.token_urlsafe(24), int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "auth_time": now,
            "nonce": asked["nonce"],
            "acr": ACR,
            "amr": ["pwd", "otp", "mfa"],
            "at_hash": b64(hashlib.sha256(access.encode()).digest()[:16]),
        }
        self.edit(claims)
        return 200, {"token_type": "Bearer", "access_token": access, "expires_in": 60, "id_token": self.sign(claims)}

    def told(self) -> tuple[str, str]:
        """What `userinfo` says, as a signed token or as JSON."""
        said = {"sub": self.subject, "email": self.email, "aud": CLIENT, "iss": self.issuer, **self.userinfo}
        if self.signs_userinfo:
            return "application/jwt; charset=utf-8", self.signed(said)
        return "application/json", json.dumps(said)

    def visit(self, url: str) -> str:
        """Follow an address as a browser would, and give the path it sends back to."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"


class _Handler(BaseHTTPRequestHandler):
    house: IdentityProvider

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = "/" + parts.path.rpartition("/")[2]
        if not self._decided(path):
            return
        if path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._send(302, {"Location": self.house.authorize(asked)}, b"")
        elif path == "/end":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            back = f"{asked['post_logout_redirect_uri']}?{urlencode({'state': asked['state']})}"
            self._send(302, {"Location": back}, b"")
        elif path == "/openid-configuration":
            self._json(200, self.house.configuration())
        elif path == "/jwks":
            self._json(200, {"keys": [self.house.key.as_dict(private=False)]})
        elif path == "/userinfo":
            kind, body = self.house.told()
            self._send(200, {"Content-Type": kind}, body.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._decided("/token"):
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._json(*self.house.token(form, self.headers.get("Authorization", "")))

    def _decided(self, path: str) -> bool:
        self.house.paths.append(path)
        time.sleep(self.house.wait)
        if path in self.house.answers:
            self._send(*self.house.answers[path])
            return False
        return True

    def _json(self, status: int, content: Any) -> None:
        self._send(status, {"Content-Type": "application/json"}, json.dumps(content).encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who asked has gone
            self.wfile.write(body)


@contextmanager
def running(house: IdentityProvider) -> Iterator[IdentityProvider]:
    """Run it on a free port."""
    handler = type("Here", (_Handler,), {"house": house})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    house.issuer = f"http://127.0.0.1:{server.server_address[1]}/api/v2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def leave(browser: Browser, url: str = LEAVE) -> str:
    """The address of the provider a press leads to."""
    answer = browser.submit(url, page="/affichage")
    assert answer.status_code == 200, answer.text
    found = re.fullmatch(r"0; url=(http://127\.0\.0\.1:\S+)", answer.headers["Refresh"])
    assert found, answer.headers["Refresh"]
    return found[1]


def enter(browser: Browser, house: IdentityProvider, url: str = LEAVE) -> Any:
    """Press, be recognised there, come back."""
    return browser.get(house.visit(leave(browser, url)))
