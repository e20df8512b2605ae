"""Elus, the Portail Élus: create_app() puts settings, extensions and features together."""

import logging
from datetime import timedelta
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from elus.config import ConfigError, Settings, load
from elus.kernel import errors, forms, gate, limits, tasks, text, web
from elus.kernel.crypto import Keyring, KeyringError, Purpose
from elus.kernel.db import db, engine_options, migrate, prepare_engine
from elus.kernel.storage import open_storage


def create_app(settings: Settings | None = None, *, testing: bool = False) -> Flask:
    """The application of one installation; refuses to start if a setting is wrong or a route has no gate."""
    settings = settings or load()
    keyring = Keyring.load(settings.keys)
    app = Flask("elus", instance_path=str(settings.instance), static_folder=None)
    app.testing = testing
    app.config.update(_configuration(settings, keyring))
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions.update(
        {
            "elus.settings": settings,
            "elus.keyring": keyring,
            "elus.storage": open_storage(settings.storage_url),
        }
    )
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    migrate.init_app(app, db, directory=str(web.STATIC.parent / "migrations"))
    web.install(app, settings)  # first: a forged Host is refused before its body is read
    CSRFProtect(app)
    limits.install(app, settings)
    text.install(app)
    forms.install(app)
    errors.install(app)
    _install_features(app, settings, keyring)
    gate.insist_on_gates(app)
    return app


def _configuration(settings: Settings, keyring: Keyring) -> dict[str, Any]:
    return {
        "SECRET_KEY": keyring.derive(Purpose.COOKIE),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "SESSION_COOKIE_NAME": "__Host-elus" if settings.secure else "elus",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    }


def _install_features(app: Flask, settings: Settings, keyring: Keyring) -> None:
    from elus import features  # here, because pages import this package

    for blueprint in features.BLUEPRINTS:
        app.register_blueprint(blueprint)
    for commands in features.COMMANDS:
        app.cli.add_command(commands)
    for prepare in features.PREPARE:
        prepare(app)
    app.jinja_env.globals["demonstration"] = settings.demonstration
    tasks.install(app, settings, keyring, features.JOBS)


def main() -> None:
    """The `elus` command; a wrong setting or key ends it with one sentence."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        from elus.demo.cli import demo_commands  # here, because commands import this package
        from elus.features import COMMANDS
        from elus.ops.cli import elus

        for commands in (*COMMANDS, demo_commands):  # a demonstration is for the console: what serves draws no image
            elus.add_command(commands)
        elus()
    except (ConfigError, KeyringError) as wrong:
        raise SystemExit(f"elus : {wrong}") from None


__all__ = ["create_app", "main"]
