"""Limits of anonymous pages: counted by address, and no trap when the counter is away."""

from dataclasses import replace

from flask import Flask
from flask_limiter import Limiter

from elus.kernel import limits


def test_without_redis_the_count_is_in_memory(app: Flask) -> None:
    assert app.config["RATELIMIT_STORAGE_URI"] == "elus://"
    assert isinstance(limits.limiter, Limiter)


def test_with_redis_away_the_count_goes_on_in_memory(app: Flask) -> None:
    bare = Flask("bare", static_folder=None)
    before = limits.limiter
    limits.limiter = Limiter(key_func=lambda: "somebody", strategy="sliding-window-counter")
    try:
        limits.install(bare, replace(app.extensions["elus.settings"], redis_url="redis://127.0.0.1:9"))

        @bare.get("/")
        @limits.limiter.limit("2/minute")
        def page() -> str:
            return "oui"

        client = bare.test_client()
        assert [client.get("/").status_code for _ in range(3)] == [200, 200, 429]
    finally:
        limits.limiter = before
