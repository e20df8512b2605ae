"""Device unlock (WebAuthn): what a browser is asked, and whether its answer proves what it says. Pure.

Answers the phisher (the answer names the exact origin it was given to) and the stolen tablet (the unlock itself is required).
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

PORTAL = "Portail Élus"
TIME = 300_000  # milliseconds: as long as a challenge lives
LONGEST_ANSWER = 16_384
LONGEST_ID = 1023  # WebAuthn §6.5.1
KEYS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}


class NotProven(Exception):
    """What came back from the browser proves nothing; why is for the log of developers, never for the page."""


@dataclass(frozen=True)
class Site:
    """What a key is bound to: a host, and the exact origin people see."""

    host: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> "Site":
        """The site of an installation, from its public address alone, never from a request."""
        parts = urlsplit(public_url)
        default = {"http": 80, "https": 443}[parts.scheme]
        port = f":{parts.port}" if parts.port and parts.port != default else ""
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.hostname}{port}")


@dataclass(frozen=True)
class Holder:
    """Whose key it is, as the device shows it to its owner."""

    user_id: uuid.UUID
    address: str
    name: str


@dataclass(frozen=True)
class Known:
    """A key already registered, named so that a device does not make a second one, or knows which is asked for."""

    credential_id: bytes
    transports: Iterable[str] = ()


@dataclass(frozen=True)
class Answer:
    """What a browser sent, not yet believed."""

    raw: dict[str, Any] = field(repr=False)
    credential_id: bytes
    challenge: bytes
    handle: bytes | None


@dataclass(frozen=True)
class Made:
    """A key a device has just made, its owner verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool
    built_in: bool  # in the device whose browser asked, not in a key or a telephone beside it
    transports: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """A key just used, its owner verified: how many times it says it has signed, and whether a cloud keeps it."""

    sign_count: int
    backed_up: bool


def creation_options(site: Site, holder: Holder, challenge: bytes, existing: Iterable[Known]) -> dict[str, Any]:
    """What a device is asked to make: a key it can find by itself, opened by face, finger or code, never a second one."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=PORTAL,
        user_id=holder.user_id.bytes,
        user_name=holder.address,
        user_display_name=holder.name,
        challenge=challenge,
        timeout=TIME,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        supported_pub_key_algs=KEYS,
        exclude_credentials=[_descriptor(known) for known in existing],
    )
    return options_to_json_dict(options)


def request_options(site: Site, challenge: bytes, allowed: Iterable[Known] = ()) -> dict[str, Any]:
    """What a device is asked to sign: with any key of this portal, or with one of those."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=TIME,
        allow_credentials=[_descriptor(known) for known in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def read(text: str) -> Answer:
    """The parts of an answer by which its key and its challenge are found; raise `NotProven` when it has no such shape."""
    if len(text) > LONGEST_ANSWER:
        raise NotProven("too long")
    try:
        raw = json.loads(text)
        response = raw["response"]
        handle = response.get("userHandle")
        answer = Answer(
            raw=raw,
            credential_id=base64url_to_bytes(raw["rawId"]),
            challenge=parse_client_data_json(base64url_to_bytes(response["clientDataJSON"])).challenge,
            handle=base64url_to_bytes(handle) if handle else None,
        )
    except Exception as wrong:  # whatever a library says of hostile bytes, the answer is the same
        raise NotProven("no such shape") from wrong
    if not 0 < len(answer.credential_id) <= LONGEST_ID:
        raise NotProven("no identifier")
    return answer


def check_creation(site: Site, answer: Answer) -> Made:
    """The key an answer brings, once every check of WebAuthn §7.1 holds; the caller has checked whose challenge it is."""
    try:
        _refuse_frames(answer)
        made = webauthn.verify_registration_response(
            credential=answer.raw,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=KEYS,
        )
        transports = answer.raw["response"].get("transports") or []
        told = tuple(name for name in TRANSPORTS if name in transports)
        built_in = answer.raw.get("authenticatorAttachment") == "platform"
    except Exception as wrong:
        raise NotProven(str(wrong)) from wrong
    if made.credential_id != answer.credential_id or len(made.credential_id) > LONGEST_ID:
        raise NotProven("two identifiers")
    return Made(
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        backed_up=made.credential_backed_up,
        built_in=built_in,
        transports=told,
    )


def check_use(site: Site, answer: Answer, public_key: bytes) -> Seen:
    """What a signature shows, once every check of WebAuthn §7.2 but the counter holds: that one is taken in the database."""
    try:
        _refuse_frames(answer)
        seen = webauthn.verify_authentication_response(
            credential=answer.raw,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as wrong:
        raise NotProven(str(wrong)) from wrong
    return Seen(seen.new_sign_count, seen.credential_backed_up)


def _refuse_frames(answer: Answer) -> None:
    """A gesture made inside somebody else's page is not a gesture made here."""
    told = json.loads(base64url_to_bytes(answer.raw["response"]["clientDataJSON"]))
    if told.get("crossOrigin") or "topOrigin" in told:
        raise NotProven("inside another page")


def _descriptor(known: Known) -> PublicKeyCredentialDescriptor:
    transports = [TRANSPORTS[name] for name in known.transports if name in TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=known.credential_id, transports=transports or None)
