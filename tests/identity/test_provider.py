"""The identity provider's door: what opens it, and every lie that does not."""

import hmac
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from sqlalchemy import select, update

from elus.config import ConfigError, load
from elus.identity.models import ExternalIdentity, Session, User
from elus.identity.provider import client, discovery, network
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.ops.doctor import examine
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import AT, Browser
from tests.identity.conftest import link
from tests.identity.oidc import ACR, BACK, CLIENT, LEAVE, SECRET, IdentityProvider, b64, enter, leave, rsa_key


def _is_in(browser: Browser) -> bool:
    return browser.get("/compte").status_code == 200


def _sessions() -> list[Session]:
    db.session.rollback()
    return list(db.session.scalars(select(Session).where(Session.factor == "provider")))


def test_without_a_provider_there_is_no_button_and_no_address(browser: Browser) -> None:
    assert "Continuer avec" not in browser.get("/connexion").text
    assert browser.submit(LEAVE, page="/affichage").status_code == 404
    for url in (BACK, f"{BACK}?code=a&state=b", "/deconnexion/fournisseur", "/deconnexion/fournisseur/suite"):
        assert browser.get(url).status_code == 404


def test_without_the_values_that_prove_two_factors_the_door_stays_closed(
    app: Flask, browser: Browser, provider: IdentityProvider
) -> None:
    app.extensions["elus.settings"] = replace(app.extensions["elus.settings"], oidc_acr=())
    assert "Continuer avec" not in browser.get("/connexion").text
    assert browser.submit(LEAVE, page="/affichage").status_code == 404


@pytest.mark.asvs("V6.8.2")
def test_a_linked_account_enters_where_it_was_going(
    browser: Browser, provider: IdentityProvider, member: Person
) -> None:
    assert "Continuer avec ProConnect" in browser.get("/connexion").text
    answer = enter(browser, provider, f"{LEAVE}?suite=/reunions%3Fpage%3D2")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/reunions?page=2"
    assert _is_in(browser)
    asked = provider.asked[0]
    assert asked["scope"] == "openid email"
    wanted = {"acr": {"essential": True, "values": [ACR, "eidas2"]}, "amr": {"essential": True}, "auth_time": None}
    assert json.loads(asked["claims"]) == {"id_token": wanted}
    assert "acr_values" not in asked
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32
    assert asked["redirect_uri"] == f"http://localhost{BACK}"
    (opened,) = _sessions()
    assert not opened.long_lived
    line = db.session.scalars(select(JournalEntry).where(JournalEntry.action == "session_started")).one()
    assert line.detail == {"factor": "provider", "acr": ACR, "amr": ["pwd", "otp", "mfa"]}


@pytest.mark.asvs("V7.6.1", "V7.1.3")
def test_the_session_here_has_its_own_length_and_is_fresh_only_if_the_provider_has_just_asked(
    app: Flask, provider: IdentityProvider, member: Person
) -> None:
    two_hours_ago = int(time.time()) - 7200
    for auth_time in (two_hours_ago, None):
        provider.edit = lambda claims, auth_time=auth_time: claims.update(auth_time=auth_time)  # type: ignore[misc]
        assert enter(Browser(app), provider).status_code == 302
    provider.edit = lambda claims: None
    assert enter(Browser(app), provider).status_code == 302
    opened = sorted(_sessions(), key=lambda one: one.opened_at)
    fresh = [bool(one.fresh_at and clock.now() - one.fresh_at < timedelta(minutes=1)) for one in opened]
    assert fresh == [False, False, True]
    assert all(one.expires_at - one.opened_at <= timedelta(hours=12) for one in opened)


@pytest.mark.asvs("V6.8.4")
@pytest.mark.parametrize("acr", [None, "eidas1", "", ["eidas2"], "EIDAS2"])
def test_a_single_factor_there_is_not_enough(
    browser: Browser, provider: IdentityProvider, member: Person, acr: Any
) -> None:
    provider.edit = lambda claims: claims.update(acr=acr) if acr is not None else claims.pop("acr")
    answer = enter(browser, provider)
    assert answer.status_code == 403
    assert "vérification en deux étapes" in answer.text
    assert not _is_in(browser)


Lie = Callable[[dict[str, Any]], Any]
NOW = int(time.time())
LIES: dict[str, Lie] = {
    "another nonce": lambda claims: claims.update(nonce="autre"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "another audience": lambda claims: claims.update(aud="autre"),
    "no audience": lambda claims: claims.pop("aud"),
    "several audiences, nobody named": lambda claims: claims.update(aud=[CLIENT, "autre"]),
    "made for somebody else": lambda claims: claims.update(aud=[CLIENT, "autre"], azp="autre"),
    "another issuer": lambda claims: claims.update(iss="https://autre.exemple.invalid"),
    "an issuer with a slash more": lambda claims: claims.update(iss=claims["iss"] + "/"),
    "no issuer": lambda claims: claims.pop("iss"),
    "no subject": lambda claims: claims.pop("sub"),
    "an empty subject": lambda claims: claims.update(sub=""),
    "a subject that is a number": lambda claims: claims.update(sub=12),
    "a long subject": lambda claims: claims.update(sub="a" * 256),
    "another access token": lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "methods that are no list": lambda claims: claims.update(amr="pwd"),
    "an absurd time of proof": lambda claims: claims.update(auth_time=10**18),
}
TIMES: dict[str, Lie] = {
    "expired": lambda claims: claims.update(exp=NOW - 120, iat=NOW - 180),
    "without end": lambda claims: claims.update(exp=float("nan")),
    "not yet valid": lambda claims: claims.update(nbf=NOW + 600),
    "issued in the future": lambda claims: claims.update(iat=NOW + 600),
    "issued long ago": lambda claims: claims.update(iat=NOW - 3600),
}


@pytest.mark.asvs("V6.8.1", "V6.8.2")
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_token_that_lies_opens_nothing(
    browser: Browser, provider: IdentityProvider, member: Person, lie: Lie
) -> None:
    provider.edit = lie
    answer = enter(browser, provider)
    assert answer.status_code == 400
    assert "Par prudence, rien n’a été ouvert." in answer.text
    assert not _is_in(browser)
    assert not _sessions()


@pytest.mark.parametrize("lie", TIMES.values(), ids=TIMES.keys())
def test_clocks_that_disagree_are_told(browser: Browser, provider: IdentityProvider, member: Person, lie: Lie) -> None:
    provider.edit = lie
    answer = enter(browser, provider)
    assert answer.status_code == 503
    assert "Deux horloges ne sont pas d’accord" in answer.text
    assert not _sessions()


def _unsigned(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    _header, payload, _ = provider.signed(claims).split(".")
    return b64(b'{"alg":"none"}') + f".{payload}."


def _hmac(secret: bytes, kid: str | None, claims: dict[str, Any]) -> str:
    header = {"alg": "HS256", "kid": kid} if kid else {"alg": "HS256"}
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _with_the_public_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    return _hmac(provider.key.as_pem(private=False), provider.key.kid, claims)


def _with_the_secret(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    return _hmac(SECRET.encode(), None, claims)


def _with_another_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    other = RSAKey.generate_key(2048, {"kid": provider.key.kid})
    return provider.signed(claims, other)


def _with_its_own_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": own.as_dict(private=False)}
    return jwt.encode(header, claims, own)


def _altered(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    header, _, signature = provider.signed(claims).split(".")
    _, payload, _ = provider.signed({**claims, "sub": "sub-autre"}).split(".")
    return f"{header}.{payload}.{signature}"


def _no_token(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    return "rien"


@pytest.mark.asvs("V6.8.2")
@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _with_the_public_key,
        _with_the_secret,
        _with_another_key,
        _with_its_own_key,
        _altered,
        _no_token,
    ],
)
def test_a_signature_that_is_not_the_provider_s_opens_nothing(
    browser: Browser, provider: IdentityProvider, member: Person, forge: Callable[..., str]
) -> None:
    provider.sign = lambda claims: forge(provider, claims)
    answer = enter(browser, provider)
    assert answer.status_code == 400, answer.text
    assert not _is_in(browser)


def test_keys_that_turn_are_looked_for_once(
    app: Flask, provider: IdentityProvider, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert enter(Browser(app), provider).status_code == 302
    provider.key = rsa_key("two")
    monkeypatch.setattr(client, "NEW_KEYS", 0.0)
    assert enter(Browser(app), provider).status_code == 302
    assert provider.paths.count("/jwks") == 2
    assert provider.paths.count("/openid-configuration") == 1


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_an_elliptic_signature_is_as_good(browser: Browser, provider: IdentityProvider, member: Person) -> None:
    key = ECKey.generate_key("P-256", {"kid": "courbe"})
    provider.sign = lambda claims: jwt.encode({"alg": "ES256", "kid": "courbe"}, claims, key)
    short = RSAKey.generate_key(1024, {"kid": "court"}).as_dict(private=False)
    shared = OctKey.generate_key(256, {"kid": "commun"}).as_dict(private=True)
    keys = f'{{"keys": [{json.dumps(short)}, {json.dumps(shared)}, {{"kty": "RSA"}}, 3, {json.dumps(key.as_dict(private=False))}]}}'
    provider.answers["/jwks"] = (200, {}, keys.encode())
    assert enter(browser, provider).status_code == 302


@pytest.mark.asvs("V6.8.3")
def test_what_came_back_once_does_not_serve_again(app: Flask, provider: IdentityProvider, member: Person) -> None:
    browser = Browser(app)
    back = provider.visit(leave(browser))
    kept = browser.client.get_cookie("elus-provider")
    assert kept
    assert browser.get(back).status_code == 302
    browser.submit("/deconnexion", page="/compte")
    browser.client.set_cookie("elus-provider", kept.value, domain="localhost")
    answer = browser.get(back)
    assert answer.status_code == 400
    assert "Cette page a déjà servi" in answer.text
    assert not _is_in(browser)


def test_a_code_the_provider_has_already_taken_opens_nothing(
    app: Flask, provider: IdentityProvider, member: Person
) -> None:
    first, second = Browser(app), Browser(app)
    used = provider.visit(leave(first))
    assert first.get(used).status_code == 302
    code = re.search(r"code=([^&]+)", used)
    assert code
    back = re.sub(r"code=[^&]+", f"code={code[1]}", provider.visit(leave(second)))
    assert second.get(back).status_code == 400
    assert not _is_in(second)


def test_a_code_of_somebody_else_s_request_opens_nothing(
    app: Flask, provider: IdentityProvider, member: Person
) -> None:
    """Code injection: the verifier of this browser does not fit the challenge of the other (RFC 9700 §4.5)."""
    first, second = Browser(app), Browser(app)
    stolen = re.search(r"code=([^&]+)", provider.visit(leave(first)))
    assert stolen
    back = re.sub(r"code=[^&]+", f"code={stolen[1]}", provider.visit(leave(second)))
    assert second.get(back).status_code == 400
    assert not _is_in(second)


@pytest.mark.asvs("V7.6.2")
def test_another_browser_s_answer_opens_nothing(app: Flask, provider: IdentityProvider, member: Person) -> None:
    attacker, victim = Browser(app), Browser(app)
    back = provider.visit(leave(attacker))
    assert victim.get(back).status_code == 400
    leave(victim)
    assert victim.get(back).status_code == 400
    assert not _is_in(victim)
    assert attacker.get(back).status_code == 302


@pytest.mark.asvs("V7.6.2")
def test_no_link_from_outside_and_no_prefetch_opens_a_session(
    app: Flask, browser: Browser, provider: IdentityProvider, member: Person
) -> None:
    assert browser.get(LEAVE).status_code == 405
    assert browser.open(LEAVE, method="POST").status_code == 400
    back = provider.visit(leave(browser))
    assert browser.get(back, headers={"Sec-Purpose": "prefetch"}).status_code == 400
    assert browser.open(back, method="HEAD").status_code == 400
    assert not _sessions()


@pytest.mark.parametrize("change", ["state", "elsewhere", "no state", "twice"])
def test_a_state_that_is_not_ours_opens_nothing(
    browser: Browser, provider: IdentityProvider, member: Person, change: str
) -> None:
    back = provider.visit(leave(browser))
    state = re.search(r"state=([^&]+)", back)
    assert state
    altered = {
        "state": back.replace("state=entrer", "state=relier"),
        "elsewhere": back.replace(state[1], state[1][:-2] + ("AA" if state[1][-2:] != "AA" else "BB")),
        "no state": back.replace(f"state={state[1]}", ""),
        "twice": f"{back}&state={state[1]}",
    }[change]
    assert browser.get(altered).status_code == 400
    assert not _is_in(browser)


def test_after_ten_minutes_one_starts_again(
    browser: Browser, provider: IdentityProvider, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = provider.visit(leave(browser))
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = browser.get(back)
    assert answer.status_code == 400
    assert "plus de dix minutes" in answer.text


@pytest.mark.asvs("V6.8.1")
def test_an_answer_that_names_another_issuer_is_a_mix_up(
    browser: Browser, provider: IdentityProvider, member: Person
) -> None:
    for change in (lambda back: back.replace("iss=http", "iss=https"), lambda back: re.sub(r"&?iss=[^&]+", "", back)):
        assert browser.get(change(provider.visit(leave(browser)))).status_code == 400
    assert "/token" not in provider.paths
    assert not _is_in(browser)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 403, "La connexion a été abandonnée"),
        ("temporarily_unavailable", 503, "ProConnect ne répond pas"),
        ("invalid_scope", 400, "Par prudence"),
    ],
)
def test_what_the_provider_refuses_is_told_in_plain_words(
    browser: Browser, provider: IdentityProvider, member: Person, error: str, status: int, words: str
) -> None:
    provider.error = error
    answer = enter(browser, provider)
    assert answer.status_code == status
    assert words in answer.text
    assert error not in answer.text


DOWN: dict[str, Any] = {
    "an error": (500, {}, b"non"),
    "no JSON": (200, {"Content-Type": "application/json"}, b"<html>"),
    "a list": (200, {"Content-Type": "application/json"}, b"[]"),
    "a redirection": (302, {"Location": "http://127.0.0.1:9/ailleurs"}, b""),
    "an endless answer": (200, {"Content-Type": "application/json"}, b" " * 300_000 + b"{}"),
}


@pytest.mark.parametrize("answer", DOWN.values(), ids=DOWN.keys())
@pytest.mark.parametrize("path", ["/openid-configuration", "/jwks", "/token"])
def test_a_provider_that_is_down_is_told_and_the_usual_door_stays_open(
    browser: Browser, provider: IdentityProvider, member: Person, path: str, answer: Any
) -> None:
    provider.answers[path] = answer
    at_once = path == "/openid-configuration"
    told = browser.submit(LEAVE, page="/affichage") if at_once else enter(browser, provider)
    assert told.status_code in {400, 503}
    assert "vos moyens habituels" in told.text
    assert browser.get("/connexion").status_code == 200
    assert not _sessions()


def test_a_provider_that_does_not_answer_keeps_nobody_waiting_twice(
    app: Flask, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "TIMEOUT", (0.2, 0.2))
    provider.wait = 0.6
    began = time.monotonic()
    for _ in range(5):
        assert Browser(app).submit(LEAVE, page="/affichage").status_code == 503
    assert time.monotonic() - began < 1.5
    assert provider.paths.count("/openid-configuration") == 1


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://autre.exemple.invalid"},
        {"token_endpoint": "http://autre.exemple.invalid/token"},
        {"token_endpoint": "https://moi@autre.exemple.invalid/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
    ids=str,
)
def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    browser: Browser, provider: IdentityProvider, document: dict[str, Any]
) -> None:
    provider.document = document
    assert browser.submit(LEAVE, page="/affichage").status_code == 503


def test_a_provider_that_takes_no_claims_is_asked_by_acr_values(
    browser: Browser, provider: IdentityProvider, member: Person
) -> None:
    provider.document = {"claims_parameter_supported": False, "authorization_response_iss_parameter_supported": False}
    assert enter(browser, provider).status_code == 302
    assert provider.asked[0]["acr_values"] == f"{ACR} eidas2"
    assert "claims" not in provider.asked[0]


def test_the_secret_goes_as_the_provider_asks(app: Flask, provider: IdentityProvider, member: Person) -> None:
    for methods in (["client_secret_basic", "client_secret_post"], ["client_secret_basic"], None):
        discovery.forget()
        provider.document = {"token_endpoint_auth_methods_supported": methods}
        assert enter(Browser(app), provider).status_code == 302


def test_an_account_not_linked_is_told_how_and_nothing_is_created(browser: Browser, provider: IdentityProvider) -> None:
    stranger = make.member()
    users = db.session.scalars(select(User.id)).all()
    provider.userinfo = {"email": str(stranger.email)}
    provider.edit = lambda claims: claims.update(email=str(stranger.email), email_verified=True)
    answer = enter(browser, provider)
    assert answer.status_code == 403
    assert "Ce compte n’est pas encore relié. Connectez-vous d’abord avec vos moyens habituels" in answer.text
    assert not _is_in(browser)
    db.session.rollback()
    assert db.session.scalars(select(User.id)).all() == users
    assert not db.session.scalars(select(ExternalIdentity)).all()


@pytest.mark.parametrize(
    ("state", "words"),
    [({"suspended_at": AT}, "Votre compte est suspendu"), ({"activated_at": None}, "pas encore prêt")],
)
def test_a_closed_account_stays_closed(
    browser: Browser, provider: IdentityProvider, member: Person, state: dict[str, Any], words: str
) -> None:
    user_id = make.account(member).id
    with transaction():
        db.session.execute(update(User).where(User.id == user_id).values(**state))
    answer = enter(browser, provider)
    assert answer.status_code == 403
    assert words in answer.text
    assert not _sessions()


def test_staff_who_must_enter_by_device_unlock_are_still_led_to_it(
    app: Flask, browser: Browser, provider: IdentityProvider
) -> None:
    council = make.organization()
    link(make.secretary(council), provider)
    assert enter(browser, provider).status_code == 302
    led = browser.get("/secretariat")
    assert led.status_code == 303
    assert led.headers["Location"].startswith("/connexion/appareil/obligatoire")
    app.extensions["elus.settings"] = replace(app.extensions["elus.settings"], staff_passkey="recommended")
    assert browser.get("/secretariat").status_code == 200


def test_one_signed_in_already_just_goes_on(
    provider: IdentityProvider, member: Person, sign_in: Callable[..., Browser]
) -> None:
    other = make.member()
    browser = sign_in(other)
    assert browser.submit(LEAVE, page="/affichage").status_code == 303
    assert provider.paths == []


def test_signing_out_offers_to_sign_out_there_too(browser: Browser, provider: IdentityProvider, member: Person) -> None:
    enter(browser, provider)
    left = browser.submit("/deconnexion", page="/compte")
    assert left.headers["Location"] == "/deconnexion/fournisseur"
    page = browser.follow(left)
    assert "Se déconnecter aussi de ProConnect" in page.text
    away = browser.get("/deconnexion/fournisseur/suite").headers["Location"]
    assert away.startswith(f"{provider.issuer}/session/end?id_token_hint=")
    assert "post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Fconnexion" in away
    assert browser.get("/deconnexion/fournisseur/suite").headers["Location"] == "/connexion"


def test_one_press_of_two_browsers_at_once_opens_one_session(
    app: Flask, provider: IdentityProvider, member: Person
) -> None:
    browser = Browser(app)
    back = provider.visit(leave(browser))
    kept = browser.client.get_cookie("elus-provider")
    assert kept
    twins = [Browser(app) for _ in range(4)]
    answers: list[int] = []
    for twin in twins:
        twin.client.set_cookie("elus-provider", kept.value, domain="localhost")
    threads = [threading.Thread(target=lambda one=one: answers.append(one.get(back).status_code)) for one in twins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 400, 400, 400]
    assert len(_sessions()) == 1


def test_the_doctor_tries_the_provider(app: Flask, provider: IdentityProvider) -> None:
    def said(**changes: Any) -> tuple[bool, str]:
        settings = replace(app.extensions["elus.settings"], **changes)
        found = {finding.subject: finding for finding in examine(settings, at=AT)}["Fournisseur d’identité"]
        return found.ok, found.said

    ok, told = said()
    assert ok
    assert f"http://localhost{BACK}" in told
    assert said(oidc_acr=()) == (False, "ELUS_OIDC_ACR est vide : l’entrée par ce fournisseur reste fermée")
    assert said(oidc_issuer=None) == (True, "aucun (ELUS_OIDC_ISSUER)")
    provider.document = {"issuer": "autre"}
    assert not said()[0]


@pytest.mark.parametrize(
    ("issuer", "more", "words"),
    [
        ("http://autre.exemple.invalid", {}, "https:"),
        ("https://moi:secret@exemple.invalid", {}, "ELUS_OIDC_ISSUER"),
        ("https://exemple.invalid?a=b", {}, "ELUS_OIDC_ISSUER"),
        ("https://exemple.invalid", {"ELUS_OIDC_CLIENT_SECRET": ""}, "ELUS_OIDC_CLIENT_SECRET"),
    ],
)
def test_a_provider_that_cannot_be_right_does_not_start(
    tmp_path: Any, issuer: str, more: dict[str, str], words: str
) -> None:
    env = {"ELUS_INSTANCE": str(tmp_path), "ELUS_OIDC_ISSUER": issuer, "ELUS_OIDC_CLIENT_ID": "elus"}
    with pytest.raises(ConfigError, match=words):
        load({**env, "ELUS_OIDC_CLIENT_SECRET": "secret", **more})


def test_a_portal_without_provider_never_loads_what_talks_to_one(tmp_path: Any) -> None:
    """Cold start and memory: Authlib, joserfc and requests cost 0.3 s that only a portal with a provider pays."""
    told = """
import sys
from elus import create_app
from elus.config import load
from elus.kernel.crypto import Keyring
settings = load({"ELUS_INSTANCE": sys.argv[1]})
Keyring.create(settings.keys)
create_app(settings)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"authlib", "joserfc", "requests"}))
"""
    done = subprocess.run([sys.executable, "-c", told, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
