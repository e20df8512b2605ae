"""The public addresses calendars are given."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app

from elus.config import Settings


@dataclass(frozen=True)
class Portal:
    """How this installation is named outside."""

    url: str
    host: str
    mailbox: str  # one that is read: calendars answer to it


def portal() -> Portal:
    """The names of this installation, from its settings."""
    settings: Settings = current_app.extensions["elus.settings"]
    return Portal(
        settings.public_url,
        urlsplit(settings.public_url).hostname or "localhost",
        settings.mail_reply_to or settings.mail_from,
    )


def feed_url(token: str) -> str:
    """The secret address a calendar subscribes to."""
    return f"{portal().url}/agenda/{token}.ics"


def subscribe_url(token: str) -> str:
    """The same, under the scheme that opens the calendar of the tablet."""
    return "webcal:" + feed_url(token).partition(":")[2]
