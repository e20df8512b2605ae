"""What the provider says of itself (OpenID Connect Discovery 1.0), verified and kept for an hour.

Answers the document that would send people or the secret elsewhere.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from joserfc.jwk import Key

from elus.config import Settings, is_loopback
from elus.identity.provider import tokens
from elus.identity.provider.network import KEPT, Kept, fetched
from elus.identity.provider.unproven import Unproven

NEW_KEYS = 30.0  # seconds between two looks for a key we do not know


@dataclass(frozen=True)
class Provider:
    """What the discovery document says (OpenID Connect Discovery 1.0), verified."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    token_auth: str
    takes_claims: bool
    names_itself: bool  # the answer carries `iss` (RFC 9207)
    pkce: bool


_documents, _keys = Kept(), Kept()


def forget() -> None:
    """Fetch discovery and keys anew."""
    _documents.forget()
    _keys.forget()


def discover(settings: Settings) -> Provider:
    """The provider of the settings, from its own document; Unproven("down") when it cannot be had or is not the one set."""
    issuer = settings.oidc_issuer or ""
    return _documents.get(issuer, lambda: _described(issuer))


def keys(provider: Provider, *, younger: float = KEPT) -> list[Key]:
    """The provider's keys."""

    def fetch() -> list[Key]:
        found = tokens.usable_keys(fetched(provider.jwks_uri))
        if not found:
            raise Unproven("down", "no usable key")
        return found

    return _keys.get(provider.jwks_uri, fetch, younger=younger)


def _described(issuer: str) -> Provider:
    document = fetched(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise Unproven("down", "the discovery document names another issuer")

    def address(name: str) -> str | None:
        url = document.get(name)
        if url is not None and not is_safe(url, issuer):
            raise Unproven("down", f"{name} is not a safe address")
        return url

    needed = {name: address(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if not all(needed.values()):
        raise Unproven("down", "the discovery document is incomplete")
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(
        issuer=issuer,
        **{name: str(url) for name, url in needed.items()},
        userinfo_endpoint=address("userinfo_endpoint"),
        end_session_endpoint=address("end_session_endpoint"),
        token_auth="client_secret_post" if "client_secret_post" in methods else "client_secret_basic",
        takes_claims=document.get("claims_parameter_supported") is True,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        pkce="S256" in (document.get("code_challenge_methods_supported") or []),
    )


def is_safe(url: object, issuer: str) -> bool:
    """Whether an address may receive a person or a secret: https, or this very machine when the provider is on it."""
    try:
        parts = urlsplit(str(url))
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(host) and is_loopback(urlsplit(issuer).hostname or "")
    )
