"""Letters about accounts; none of them signs anybody in."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, render_template
from sqlalchemy import select

from elus.config import Settings
from elus.identity.models import Device, User
from elus.identity.origin import Origin, beginning
from elus.kernel import outbox
from elus.kernel.db import db
from elus.kernel.text import nbsp

CHANGES = (
    "password_chosen",
    "password_changed",
    "code_added",
    "code_changed",
    "recovery_codes_renewed",
    "passkey_added",
    "passkey_removed",
    "passkey_cloned",
    "device_lost",
    "password_reset",
    "rescue_issued",
    "rescue_used",
    "provider_linked",
    "provider_unlinked",
    "new_device",
)
"""What a person is told at once by mail (OWASP ASVS 5.0, V6.3.7); each has its words in `mails/identity/_change.txt`."""


@dataclass(frozen=True)
class Words:
    """What a letter says of people, known to the features above this one."""

    name: str
    assemblies: tuple[str, ...]
    sender: str
    helper: str | None = None  # name, phone and hours in one line


WordsFor = Callable[[uuid.UUID, datetime], Words]
"""Gives the words about a person at an instant; the features above put theirs in the application."""


def tell(user: User, change: str, *, at: datetime, origin: Origin | None = None, **facts: Any) -> None:
    """Tell somebody what changed in their account, when, from where, and whom to call; no link in it.

    `facts` complete the sentence of the change: the `name` of a device unlock or of a device, the `tries` that failed before a new one.
    """
    if change not in CHANGES:
        raise ValueError(change)
    words_for: WordsFor = current_app.extensions["elus.words_for"]
    sentences = nbsp(render_template("mails/identity/_change.txt", change=change, **facts)).strip()
    heading, _, told = sentences.partition("\n")
    shown = {
        "words": words_for(user.person_id, at),
        "heading": heading,
        "told": told.strip().splitlines(),
        "at": at,
        "origin": origin,
        "device": _device_name(user.id, origin),
        "network": beginning(origin.network) if origin else "",
    }
    _post(user.email, user.person_id, "change", shown, subject=heading, at=at)


def _device_name(user_id: uuid.UUID, origin: Origin | None) -> str | None:
    """The name the person gave to the device a request comes from."""
    if origin is None or origin.device is None:
        return None
    return db.session.scalar(
        select(Device.name).where(Device.user_id == user_id, Device.token_hash == origin.device).limit(1)
    )


def post_reset(user: User, *, token: str | None, until: datetime, at: datetime) -> None:
    """The link to the page where one chooses another password; without token, that there is none to choose."""
    settings: Settings = current_app.extensions["elus.settings"]
    link = f"{settings.public_url}/connexion/nouveau-mot-de-passe/{token}" if token else None
    post("reset", address=user.email, person_id=user.person_id, at=at, link=link, until=until)


def post(template: str, *, address: str, person_id: uuid.UUID, at: datetime, **facts: Any) -> None:
    """One letter that concerns an account, to its holder or to an agent, from templates of its name."""
    settings: Settings = current_app.extensions["elus.settings"]
    words_for: WordsFor = current_app.extensions["elus.words_for"]
    facts = {"words": words_for(person_id, at), "public_url": settings.public_url, "at": at, **facts}
    subject = nbsp(render_template(f"mails/identity/{template}.subject.txt", **facts).strip())
    _post(address, person_id, template, facts, subject=subject, at=at)


def post_invitation(user: User, words: Words, *, token: str, expires_at: datetime, at: datetime) -> None:
    """The link to the page where one sets up one's account."""
    settings: Settings = current_app.extensions["elus.settings"]
    facts = {
        "words": words,
        "link": f"{settings.public_url}/bienvenue/{token}",
        "privacy": f"{settings.public_url}/donnees-personnelles",
        "address": user.email,
        "expires_at": expires_at,
    }
    subject = render_template("mails/identity/invitation.subject.txt", **facts).strip()
    _post(user.email, user.person_id, "invitation", facts, subject=subject, purpose="invitation", at=at)


def _post(
    address: str,
    person_id: uuid.UUID,
    template: str,
    facts: dict[str, Any],
    *,
    subject: str,
    at: datetime,
    purpose: str = "security",
) -> None:
    """Put one letter in the outbox; `facts` holds the `words` about its reader."""
    settings: Settings = current_app.extensions["elus.settings"]
    words: Words = facts["words"]
    outbox.post(
        purpose=purpose,
        recipient=address,
        recipient_name=words.name,
        sender_name=words.sender,
        subject=subject,
        text=nbsp(render_template(f"mails/identity/{template}.txt", **facts)),
        html=render_template(f"mails/identity/{template}.html", **facts),
        domain=settings.mail_domain,
        reply_to=settings.mail_reply_to,
        person_id=person_id,
        at=at,
    )
