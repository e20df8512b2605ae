"""Talking to the identity provider with Authlib: where the browser goes, what a code proves, whose account it is."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import Key

from elus.config import Settings
from elus.identity.provider import tokens
from elus.identity.provider.discovery import NEW_KEYS, Provider, discover, keys
from elus.identity.provider.network import as_json, got, limited, plain, waiting
from elus.identity.provider.states import Flow
from elus.identity.provider.unproven import Unproven

T = TypeVar("T")
SCOPE = "openid email"
RETURN = "/connexion/fournisseur/retour"


def authorization_url(settings: Settings, flow: Flow, *, again: str | None = None) -> str:
    """Where the browser goes; `again` is the `prompt` that asks for the person anew."""
    provider = discover(settings)
    asked: dict[str, Any] = {"nonce": flow.nonce}
    if provider.takes_claims:  # insists, where `acr_values` only wishes; never both (OpenID Connect Core 1.0 §5.5.1.1)
        acr, amr = {"essential": True, "values": list(settings.oidc_acr)}, {"essential": True}
        asked["claims"] = json.dumps({"id_token": {"acr": acr, "amr": amr, "auth_time": None}})
    else:
        asked["acr_values"] = " ".join(settings.oidc_acr)
    if again:
        asked["prompt"] = again
    with _session(settings, provider) as session:
        url, _ = session.create_authorization_url(
            provider.authorization_endpoint, state=flow.state, code_verifier=flow.verifier, **asked
        )
    return str(url)


def exchange(settings: Settings, code: str, flow: Flow) -> dict[str, Any]:
    """The tokens of a code, which serves once at the provider too; Unproven("down") or ("invalid")."""
    provider = discover(settings)
    with waiting(), _session(settings, provider) as session:
        try:
            answer = session.fetch_token(
                provider.token_endpoint,
                code=code,
                grant_type="authorization_code",
                redirect_uri=return_url(settings),
                code_verifier=flow.verifier,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as wrong:
            raise Unproven("down", type(wrong).__name__) from wrong
        except (AuthlibBaseError, *tokens.WRONG) as wrong:
            raise Unproven("invalid", f"the code was refused ({type(wrong).__name__})") from wrong
    if not all(isinstance(answer.get(name), str) for name in ("id_token", "access_token")):
        raise Unproven("invalid", "no id_token")
    return dict(answer)


def prove(
    settings: Settings, code: str, flow: Flow, expected: Callable[[str], tokens.Expected]
) -> tuple[tokens.Proven, str]:
    """Whom a code proves, and the access token that came with it."""
    answer = exchange(settings, code, flow)
    wanted = expected(answer["access_token"])
    return _with_keys(settings, lambda known: tokens.verified(answer["id_token"], known, wanted)), answer[
        "access_token"
    ]


def described(settings: Settings, access_token: str, subject: str) -> str:
    """How the person recognises that account, JSON or signed (OpenID Connect Core 1.0 §5.3); empty when it is not told."""
    provider = discover(settings)
    if provider.userinfo_endpoint is None:
        return ""
    with waiting(), plain() as session:
        answer = got(session, provider.userinfo_endpoint, {"Authorization": f"Bearer {access_token}"})
    if answer.headers.get("Content-Type", "").split(";")[0].strip().lower() != "application/jwt":
        return tokens.about(as_json(answer), subject)
    claims = _with_keys(settings, lambda known: tokens.signed_claims(answer.text.strip(), known)).claims
    audience = claims.get("aud", settings.oidc_client_id)
    if claims.get("iss", provider.issuer) != provider.issuer or settings.oidc_client_id not in (
        audience if isinstance(audience, list) else [audience]
    ):
        raise Unproven("invalid", "userinfo for somebody else")
    return tokens.about(claims, subject)


def return_url(settings: Settings) -> str:
    """The address to declare at the provider."""
    return settings.public_url + RETURN


def _with_keys(settings: Settings, read: Callable[[list[Key]], T]) -> T:
    """Read with the keys we have, then, if none fits, with those the provider has now."""
    provider = discover(settings)
    try:
        return read(keys(provider))
    except tokens.UnknownKey:
        pass
    try:
        return read(keys(provider, younger=NEW_KEYS))
    except tokens.UnknownKey as unknown:
        raise Unproven("invalid", "signed by an unknown key") from unknown


def _session(settings: Settings, provider: Provider) -> OAuth2Session:
    session = OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        token_endpoint_auth_method=provider.token_auth,
        scope=SCOPE,
        redirect_uri=return_url(settings),
        code_challenge_method="S256",
    )
    limited(session)
    return session
