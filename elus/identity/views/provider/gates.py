"""Gates of the provider's pages: closed, they hide; open, some are for anybody and some for whoever is signed in."""

from typing import Any

from flask import abort, current_app

from elus.config import Settings
from elus.kernel.gate import Viewer, signed_in


def settings_in_force() -> Settings:
    """The settings of the application."""
    found: Settings = current_app.extensions["elus.settings"]
    return found


def through(_who: Viewer | None, **url: Any) -> Settings:
    """Gate: the door of the provider, for anybody, hidden while it is closed."""
    settings = settings_in_force()
    if not settings.provider_open:
        abort(404)
    return settings


def linker(who: Viewer | None, **url: Any) -> Viewer:
    """Gate: somebody signed in, where there is a provider to link."""
    through(who)
    return signed_in(who)
