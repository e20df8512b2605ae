"""The edge: forged hosts, proxies, headers, static files, prefetches."""

import io
from typing import Any

import pytest
from flask import Flask, request

from elus.kernel import web
from elus.kernel.web import TrustedProxies, is_prefetch
from tests.conftest import Browser


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:8001", "127.0.0.1:81", "lo calhost", ""]
)
def test_a_forged_host_is_refused(browser: Browser, host: str) -> None:
    response = browser.get("/static/x/elus.css", headers={"Host": host})
    assert response.status_code == 400
    assert "evil" not in response.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:80", "127.0.0.1:80", "127.0.0.1"])
def test_the_address_of_the_portal_is_accepted(browser: Browser, host: str) -> None:
    assert browser.get(web.asset("elus.css"), headers={"Host": host}).status_code == 200


def test_every_answer_carries_the_headers_that_protect(browser: Browser) -> None:
    for response in (browser.get("/rien"), browser.get(web.asset("elus.css"))):
        for name in web.HEADERS:
            assert response.headers[name] == web.HEADERS[name]
        assert response.headers["X-Request-Id"]
    policy = browser.get("/rien").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "Strict-Transport-Security" not in browser.get("/rien").headers


def test_a_page_is_not_kept_by_caches(browser: Browser) -> None:
    assert browser.get("/rien").headers["Cache-Control"] == "no-store"


def test_a_static_file_of_this_release_is_kept_for_a_year(browser: Browser) -> None:
    for name in ("elus.css", "js/main.js"):
        kept = browser.get(web.asset(name), buffered=True).headers["Cache-Control"]
        assert "max-age=31536000" in kept
        assert "immutable" in kept
        assert "public" in kept


def test_a_static_file_asked_by_another_release_is_not_kept(browser: Browser) -> None:
    kept = browser.get("/static/000000000000/js/main.js", buffered=True).headers["Cache-Control"]
    assert "max-age=0" in kept
    assert "immutable" not in kept


def test_a_module_is_javascript_whatever_the_machine_thinks(browser: Browser) -> None:
    assert browser.get(web.asset("js/main.js"), buffered=True).mimetype == "text/javascript"


@pytest.mark.parametrize("name", ["../config.py", "..%2fconfig.py", "%2e%2e/config.py", "css/../../config.py"])
def test_no_static_address_leaves_its_folder(browser: Browser, name: str) -> None:
    response = browser.get(f"/static/x/{name}")
    assert response.status_code in {301, 308, 404}
    assert "Settings" not in response.text


@pytest.mark.parametrize(
    ("headers", "method", "expected"),
    [
        ({}, "GET", False),
        ({}, "HEAD", True),
        ({"Sec-Purpose": "prefetch;prerender"}, "GET", True),
        ({"Purpose": "prefetch"}, "GET", True),
        ({"X-Purpose": "preview"}, "GET", True),
        ({"X-Moz": "Prefetch"}, "GET", True),
        ({"Range": "bytes=0-0"}, "GET", True),
        ({"Range": "bytes=0-65535"}, "GET", False),
    ],
)
def test_a_prefetch_is_recognised(app: Flask, headers: dict[str, str], method: str, expected: bool) -> None:
    with app.test_request_context("/", method=method, headers=headers):
        assert is_prefetch() is expected


def told(peer: str, networks: tuple[str, ...]) -> tuple[str, str, str]:
    """The address, scheme and host an application sees through the middleware."""
    inner = Flask("inner", static_folder=None)

    @inner.get("/")
    def seen() -> list[Any]:
        return [request.remote_addr, request.scheme, request.host]

    inner.wsgi_app = TrustedProxies(inner.wsgi_app, networks)  # type: ignore[method-assign]
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = inner.test_client().get("/", headers=forwarded, environ_base={"REMOTE_ADDR": peer}).json
    return tuple(answer)


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1", "192.168.7.7"])
def test_a_known_proxy_says_who_asks_but_never_the_host(peer: str) -> None:
    assert told(peer, ("10.0.0.1", "192.168.0.0/16")) == ("203.0.113.9", "https", "localhost")


@pytest.mark.parametrize("peer", ["10.0.0.2", "203.0.113.1", "", "unix:"])
def test_anybody_else_is_not_believed(peer: str) -> None:
    assert told(peer, ("10.0.0.1", "192.168.0.0/16"))[1:] == ("http", "localhost")
    assert told(peer, ("10.0.0.1",))[0] != "203.0.113.9"


def test_a_forged_host_is_refused_before_the_body_is_read(app: Flask) -> None:
    class Untouchable(io.BytesIO):
        def read(self, *_size: Any) -> bytes:
            raise AssertionError("the body was read")

        read1 = readline = readinto = read

    answer = app.test_client().post(
        "/connexion",
        base_url="http://evil.example",
        input_stream=Untouchable(b"address=a"),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400
