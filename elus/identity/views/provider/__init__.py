"""The pages of the identity provider: going there, linking, leaving. Every address is 404 unless it is set."""

from typing import Any

from flask import Flask

from elus.identity.views.provider import going, leaving, linking


def install(app: Flask) -> None:
    """Tell the pages whether there is a provider, and what is linked there."""

    def name() -> str | None:
        settings: Any = app.extensions["elus.settings"]
        return settings.oidc_name if settings.provider_open else None

    app.jinja_env.globals.update(provider_name=name, linked_provider=linking.linked)


__all__ = ["going", "install", "leaving", "linking"]
