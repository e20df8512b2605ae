"""What goes to the provider and must come back through the same browser: state, nonce and PKCE verifier (RFC 7636).

Nothing of it is stored: the three come from one random body, the secret this browser holds and a key of the portal, so that a
copied address, another browser or another account opens nothing; that a state serves once is the caller's conditional INSERT.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from elus.kernel.blobs import keyring
from elus.kernel.crypto import Purpose

VALID = timedelta(minutes=10)
SIGN_IN, LINK = "entrer", "relier"
_STATE = re.compile(
    r"(?P<body>(?P<purpose>entrer|relier)\.(?P<issued>[0-9]{10,11})\.[\w-]{22})\.(?P<mac>[\w-]{43})", re.ASCII
)


@dataclass(frozen=True)
class Flow:
    """One way to the provider and back."""

    purpose: str
    issued_at: datetime
    state: str
    nonce: str
    verifier: str

    @property
    def expires_at(self) -> datetime:
        return self.issued_at + VALID


def begin(purpose: str, *, browser: str, issuer: str, account: str = "", at: datetime) -> Flow:
    """A new way, for one browser, one provider and, when something is to be linked, one account."""
    body = f"{purpose}.{int(at.timestamp())}.{secrets.token_urlsafe(16)}"
    mac = _text(keyring().mac(Purpose.CHALLENGE_MAC, _bound("state", body, browser, issuer, account)))
    return _flow(purpose, body, f"{body}.{mac}", browser)


def resume(state: str, *, browser: str, issuer: str, account: str = "", at: datetime) -> Flow | None:
    """The way a state comes from; None when it was not begun here, by this browser, less than ten minutes ago."""
    found = _STATE.fullmatch(state)
    if found is None or not browser:
        return None
    bound = _bound("state", found["body"], browser, issuer, account if found["purpose"] == LINK else "")
    right = [_text(mac) for mac in keyring().macs(Purpose.CHALLENGE_MAC, bound)]
    if not any(hmac.compare_digest(mac, found["mac"]) for mac in right):
        return None
    flow = _flow(found["purpose"], found["body"], state, browser)
    return flow if flow.issued_at <= at < flow.expires_at else None


def _flow(purpose: str, body: str, state: str, browser: str) -> Flow:
    issued = datetime.fromtimestamp(int(body.split(".")[1]), UTC)
    nonce, verifier = (
        _text(keyring().mac(Purpose.CHALLENGE_MAC, _bound(label, body, browser))) for label in ("nonce", "verifier")
    )
    return Flow(purpose, issued, state, nonce, verifier)


def _bound(label: str, *parts: str) -> bytes:
    return "\0".join(("provider", label, *parts)).encode()


def _text(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
