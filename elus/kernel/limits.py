"""Rate limits of anonymous pages, very wide by network address: 600 people may sit behind one town-hall address."""

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from elus.config import Settings

limiter = Limiter(key_func=get_remote_address, strategy="sliding-window-counter", headers_enabled=False)


def install(app: Flask, settings: Settings) -> None:
    """Count in memory, or in Redis when the installation has grown."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = (
        settings.redis_url is not None
    )  # nobody is locked out with Redis
    limiter.init_app(app)
