"""Letters about accounts; none of them signs anybody in."""

from dataclasses import dataclass
from datetime import datetime

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
