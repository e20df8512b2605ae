"""What a provider signs, verified: algorithm, key, issuer, audience, times, nonce, strength (OpenID Connect Core 1.0 §3.1.3.7). Pure.

Answers the token forged with `none` or with the public key taken for a secret, made for another site, replayed, or too weak.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from elus.identity.provider.unproven import Unproven

KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
}
"""Signatures only a private key makes; `none` and HMAC are not among them."""
WEAKEST_RSA = 2048  # bits
LEEWAY = 60  # seconds between two clocks that are both right
OLDEST = timedelta(minutes=10)
LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0 §2
WRONG = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What a malformed token may raise on its way through the libraries."""


class UnknownKey(Exception):
    """No key we know made this signature: the provider may have changed its keys."""


@dataclass(frozen=True)
class Expected:
    """What a token must say to be for us, now."""

    issuer: str
    client_id: str
    acr: Collection[str]
    nonce: str
    access_token: str
    at: datetime


@dataclass(frozen=True)
class Proven:
    """Who the provider says came, how it checked, and the token itself, to sign out with."""

    subject: str
    acr: str
    amr: tuple[str, ...]
    proven_at: datetime | None
    token: str


def usable_keys(document: Any) -> list[Key]:
    """The keys of a JWKS (RFC 7517) that may verify a signature; the others are left aside."""
    kept: list[Key] = []
    for each in document["keys"] if isinstance(document, dict) and isinstance(document.get("keys"), list) else []:
        try:
            key = _imported(each)
        except WRONG:
            continue
        if key is not None:
            kept.append(key)
    return kept


def _imported(parameters: dict[str, Any]) -> Key | None:
    if parameters.get("use", "sig") != "sig":
        return None
    if parameters["kty"] == "RSA":
        key = RSAKey.import_key(parameters)
        return key if key.public_key.key_size >= WEAKEST_RSA else None
    return ECKey.import_key(parameters) if parameters["kty"] == "EC" else None


def signed_claims(token: str, keys: Sequence[Key]) -> jwt.Token:
    """Header and claims of a token one of these keys signed; UnknownKey or Unproven("invalid") otherwise."""
    try:
        return jwt.decode(token, _chooser(keys), algorithms=list(KEY_TYPES))
    except WRONG as wrong:
        raise Unproven("invalid", f"signature ({type(wrong).__name__})") from wrong


def _chooser(keys: Sequence[Key]) -> Callable[[Any], Key]:
    def choose(signed: Any) -> Key:
        header = signed.headers()
        alg, kid = header["alg"], header.get("kid")
        fit = [key for key in keys if key.key_type == KEY_TYPES[alg] and key.get("alg", alg) == alg]
        named = [key for key in fit if kid is None or key.kid == kid]
        if len(named) != 1:
            raise UnknownKey
        return named[0]

    return choose


def verified(token: str, keys: Sequence[Key], expected: Expected) -> Proven:
    """Whom an ID token proves; Unproven("clock") about its times, ("weak") about two factors, else ("invalid")."""
    signed = signed_claims(token, keys)
    claims = CodeIDToken(
        signed.claims,
        signed.header,
        options={
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
            "sub": {"essential": True},
        },
        params={
            "nonce": expected.nonce,
            "client_id": expected.client_id,
            "access_token": expected.access_token,
        },
    )
    try:
        claims.validate(now=int(expected.at.timestamp()), leeway=LEEWAY)
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        proven_at = datetime.fromtimestamp(claims["auth_time"], UTC) if claims.get("auth_time") else None
    except ClaimError as wrong:
        raise Unproven("clock" if wrong.claim in {"exp", "iat", "nbf"} else "invalid", str(wrong)) from wrong
    except (*WRONG, OSError) as wrong:
        raise Unproven("invalid", type(wrong).__name__) from wrong
    if expected.at - issued_at > OLDEST:
        raise Unproven("clock", "issued long ago")
    subject, acr = claims["sub"], claims.get("acr")
    if not subject.isascii() or len(subject) > LONGEST_SUBJECT:
        raise Unproven("invalid", "sub")
    if not isinstance(acr, str) or acr not in expected.acr:
        raise Unproven("weak", f"acr {str(acr)[:80]!r}")
    return Proven(subject, acr, tuple(str(one)[:40] for one in (claims.get("amr") or [])[:8]), proven_at, token)


def about(userinfo: Any, subject: str) -> str:
    """How a person recognises the provider's account, on the page that links it; Unproven when it is somebody else's."""
    if not isinstance(userinfo, dict) or userinfo.get("sub") != subject:
        raise Unproven("invalid", "userinfo of another subject")
    said = userinfo.get("email") or userinfo.get("preferred_username") or userinfo.get("name") or ""
    return " ".join(str(said).split())[:120]
