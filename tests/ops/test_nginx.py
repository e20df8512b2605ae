"""The nginx configuration we give away, tried with the real nginx in front of the real application."""

import http.client
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from werkzeug.serving import make_server

from tests.browser.portal import free_port

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx n’est pas installé")


@dataclass(frozen=True)
class Front:
    """Where nginx answers, and what it logs."""

    http: int
    https: int
    log: Path


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


@pytest.fixture
def front(app: Flask, tmp_path: Path) -> Iterator[Front]:
    """Our file, with test ports, names and certificate, in a minimal nginx."""
    upstream = make_server("127.0.0.1", free_port(), app, threaded=True)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    plain, secure = free_port(), free_port()
    _certificate(tmp_path)
    ours = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream.port};",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "elus.exemple.fr": "localhost",
        "/etc/ssl/elus": str(tmp_path),
        "/var/log/nginx/elus.log": str(tmp_path / "access.log"),
    }.items():
        assert old in ours
        ours = ours.replace(old, new)
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = tmp_path / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\nhttp {{ {paths}\n{ours}\n}}\n"
    )
    subprocess.run([str(NGINX), "-t", "-q", "-c", str(whole)], check=True, capture_output=True)
    running = subprocess.Popen([str(NGINX), "-c", str(whole)])
    try:
        _wait(secure)
        yield Front(plain, secure, tmp_path / "access.log")
    finally:
        running.terminate()
        running.wait(20)
        upstream.shutdown()
        upstream.server_close()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes


def _ask(
    port: int, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, tls: bool = True
) -> Answer:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    made = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(made if tls else plain) as connection:
        connection.request(method, path, headers={"Host": "localhost", **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            _ask(port, "/healthz")
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("nginx did not start")


def test_the_portal_answers_through_tls(front: Front) -> None:
    answer = _ask(front.https, "/connexion")
    assert answer.status == 200
    assert answer.headers["Content-Security-Policy"]
    assert "nginx/" not in (answer.headers["Server"] or "")


def test_plain_http_leads_to_tls(front: Front) -> None:
    answer = _ask(front.http, "/connexion", tls=False)
    assert (answer.status, answer.headers["Location"]) == (301, "https://localhost/connexion")


def test_the_secrets_of_addresses_never_reach_the_log(front: Front) -> None:
    _ask(front.https, "/agenda/SECRETDAGENDA.ics")
    _ask(front.https, "/bienvenue/SECRETDINVITATION")
    _ask(front.https, "/connexion/nouveau-mot-de-passe/SECRETDUMOTDEPASSE")
    _ask(front.http, "/bienvenue/SECRETENCLAIR", tls=False)
    for _ in range(50):
        if front.log.read_text().count("***") == 4:
            break
        time.sleep(0.1)
    assert "/agenda/***" in front.log.read_text()
    assert "SECRET" not in front.log.read_text()


def test_styles_travel_compressed_and_calendars_never(front: Front, app: Flask) -> None:
    with app.test_request_context():
        from elus.kernel.web import asset

        sheet = asset("elus.css")
    assert _ask(front.https, sheet, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    feed = _ask(front.https, "/agenda/inconnu.ics", headers={"Accept-Encoding": "gzip"})
    assert feed.headers["Content-Encoding"] is None


def test_a_body_over_the_limit_is_refused_before_it_is_read(front: Front) -> None:
    answer = _ask(front.https, "/connexion", method="POST", headers={"Content-Length": str(17 * 1024 * 1024)})
    assert answer.status == 413


def test_another_name_is_refused_before_the_body_is_read(front: Front) -> None:
    headers = {"Host": "ailleurs.example", "Content-Length": str(15 * 1024 * 1024)}
    answer = _ask(front.https, "/connexion", method="POST", headers=headers)
    assert answer.status in {400, 421}
    assert _ask(front.http, "/connexion", headers={"Host": "ailleurs.example"}, tls=False).status in {301, 400}
