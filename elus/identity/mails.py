"""Letters about accounts; none of them signs anybody in."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, render_template

from elus.config import Settings
from elus.identity.models import User
from elus.kernel import outbox
from elus.kernel.text import nbsp


@dataclass(frozen=True)
class Words:
    """What a letter says of people, known to the features above this one."""

    name: str
    assemblies: tuple[str, ...]
    sender: str
    helper: str | None = None  # name, phone and hours in one line


def post_reset(user: User, words: Words, *, token: str | None, until: datetime, at: datetime) -> None:
    """The link to the page where one chooses another password; without token, that there is no password to choose."""
    settings: Settings = current_app.extensions["elus.settings"]
    link = f"{settings.public_url}/connexion/nouveau-mot-de-passe/{token}" if token else None
    post("reset", address=user.email, person_id=user.person_id, words=words, facts={"link": link, "until": until}, at=at)


def post(
    template: str, *, address: str, person_id: uuid.UUID, words: Words, facts: dict[str, Any], at: datetime
) -> None:
    """One letter about an account, to somebody."""
    settings: Settings = current_app.extensions["elus.settings"]
    facts = {"words": words, "public_url": settings.public_url, "at": at, **facts}
    outbox.post(
        purpose=template,
        recipient=address,
        recipient_name=words.name,
        sender_name=words.sender,
        subject=nbsp(render_template(f"mails/identity/{template}.subject.txt", **facts).strip()),
        text=nbsp(render_template(f"mails/identity/{template}.txt", **facts)),
        html=render_template(f"mails/identity/{template}.html", **facts),
        domain=settings.mail_domain,
        reply_to=settings.mail_reply_to,
        person_id=person_id,
        at=at,
    )


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
    outbox.post(
        purpose="invitation",
        recipient=user.email,
        recipient_name=words.name,
        sender_name=words.sender,
        subject=render_template("mails/identity/invitation.subject.txt", **facts).strip(),
        text=nbsp(render_template("mails/identity/invitation.txt", **facts)),
        html=render_template("mails/identity/invitation.html", **facts),
        domain=settings.mail_domain,
        reply_to=settings.mail_reply_to,
        person_id=user.person_id,
        at=at,
    )
