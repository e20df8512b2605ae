"""Signing in, both steps, over HTTP: sign-ins a second beside argon2id alone on as many threads."""

import itertools
import re
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert

from bench.instance import PASSWORD, Instance
from bench.load import Answer, Journey, get, post, walk
from bench.pairs import Spread, in_turn
from bench.table import Line, Section, most_line, ratio_line
from bench.web import Sides, form, raw_argon
from elus.identity import passwords, totp
from elus.identity.models import Device, User, hash_token
from elus.identity.sealed import seal_totp
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.organizations.models import Person

CROWD, TOWN_HALL = 2400, 600
ROUNDS, CONNECTIONS, SECONDS = 10, 4, 1.5


@dataclass(frozen=True)
class Somebody:
    """What a person types, and what their browser keeps."""

    address: str
    secret: str
    device: str


def crowd(count: int) -> list[Somebody]:
    """People with an account, a code and a device known already."""
    at, hashed, made = clock.now(), passwords.hash_password(PASSWORD), []
    people, users, devices = [], [], []
    for n in range(count):
        one = Somebody(f"foule{n}-{secrets.token_hex(3)}@banc.invalid", totp.new_secret(), secrets.token_urlsafe(32))
        person_id, user_id = uuid.uuid4(), uuid.uuid4()
        people.append({"id": person_id, "civility": "M.", "first_name": "Camille", "last_name": f"Fictif {n}"})
        users.append(
            {
                "id": user_id,
                "person_id": person_id,
                "email": one.address,
                "password_hash": hashed,
                "totp_secret": seal_totp(user_id, one.secret),
                "totp_confirmed_at": at,
                "created_at": at,
                "activated_at": at,
            }
        )
        devices.append(
            {
                "id": uuid.uuid4(),
                "user_id": user_id,
                "token_hash": hash_token(one.device),
                "client": "banc",
                "network": "",
                "created_at": at,
                "used_at": at,
            }
        )
        made.append(one)
    with transaction():
        for model, rows in ((Person, people), (User, users), (Device, devices)):
            db.session.execute(insert(model), rows)
    return made


class Doors:
    """The pages of sign-in, as a browser goes through them."""

    def __init__(self, port: int, app: Flask) -> None:
        self.port = port
        self.cookie, self.csrf = form(port)
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer
        self.cookies, self.raw = signer, secrets.token_hex(20)
        self.token = str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(self.raw))

    def sign_in(self, who: Somebody, network: str, *, mistypes: bool = False) -> Journey:
        """The password, the page of the code, the code; once more when the password was mistyped."""
        sent = self._sent(self.cookie, who, network)
        if mistypes:
            _insist("faute de frappe", (yield self._password(who, "une faute de frappe", sent)), 422)
        pending = _insist("mot de passe", (yield self._password(who, PASSWORD, sent)), 302)
        page = _insist(
            "page", (yield get(self.port, "/connexion/code", **self._sent(_cookie(pending), who, network))), 200
        )
        yield from self._code(who, self._sent(_cookie(page), who, network), _csrf(page.body))

    def two_posts(self, who: Somebody, network: str) -> Journey:
        """Both steps and no page between: the form of the code is made here, as the server would have."""
        pending = _insist(
            "mot de passe", (yield self._password(who, PASSWORD, self._sent(self.cookie, who, network))), 302
        )
        kept = self.cookies.loads(_cookie(pending).removeprefix("elus="))
        cookie = self.cookies.dumps({**kept, "csrf_token": self.raw})
        yield from self._code(who, self._sent(f"elus={cookie}", who, network), self.token)

    def _password(self, who: Somebody, password: str, sent: dict[str, str]) -> bytes:
        body = urlencode({"csrf_token": self.csrf, "address": who.address, "password": password}).encode()
        return post(self.port, "/connexion", body, **sent)

    def _code(self, who: Somebody, sent: dict[str, str], csrf: str) -> Journey:
        body = urlencode({"csrf_token": csrf, "code": totp.code_at(who.secret, clock.now())}).encode()
        _insist("code", (yield post(self.port, "/connexion/code", body, **sent)), 302)

    def _sent(self, cookie: str, who: Somebody, network: str) -> dict[str, str]:
        return {"Cookie": f"{cookie}; elus-device={who.device}", "X_Forwarded_For": network}


def _insist(step: str, answer: Answer, wanted: int) -> Answer:
    if answer.status != wanted:
        raise RuntimeError(f"{step} : réponse {answer.status}, attendu {wanted}")
    return answer


def _cookie(answer: Answer) -> str:
    found = re.search(rb"Set-Cookie: (elus=[^;]*)", answer.head)
    assert found, answer.head
    return found[1].decode()


def _csrf(page: bytes) -> str:
    found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1].decode()


def section(sides: Sides, of: Instance) -> Section:
    """Both steps against argon2id alone, by the clock and by the processor; then a whole town hall behind one address."""
    people, doors = itertools.cycle(crowd(CROWD)), Doors(sides.port, of.app)
    networks = (f"10.{n // 62500 % 250}.{n // 250 % 250}.{n % 250}" for n in itertools.count())

    def ours(way: Callable[[Somebody, str], Journey]) -> Callable[[], tuple[float, float]]:
        def measure() -> tuple[float, float]:
            before = sides.ours.cpu()
            found = walk(sides.port, map(way, people, networks), connections=CONNECTIONS, seconds=SECONDS)
            return found.rate, (sides.ours.cpu() - before) / len(found.latencies)

        return measure

    def bare() -> tuple[float, float]:
        before = time.process_time()
        rate = raw_argon(SECONDS)
        return rate, (time.process_time() - before) / (rate * SECONDS)

    found = in_turn([ours(doors.two_posts), bare, ours(doors.sign_in)], ROUNDS, sides.cpu)
    rates, costs = ([Spread.of([each[side][what] for each in found]).median for side in range(3)] for what in (0, 1))
    by_clock, with_page = [Spread.of([each[side][0] / each[1][0] for each in found]) for side in (0, 2)]
    by_cpu, with_page_cpu = [Spread.of([each[1][1] / each[side][1] for each in found]) for side in (0, 2)]
    limit, limit_cpu = f"{rates[1]:.0f} /s", f"{costs[1] * 1000:.1f} ms"
    return Section(
        "Connexion entière, mot de passe puis code, contre argon2id seul sur autant de fils que de cœurs",
        [
            ratio_line(f"entrées/s, c = {CONNECTIONS}", f"{rates[0]:.0f} /s", limit, by_clock, 0.8),
            ratio_line("par cœur : processeur par entrée", f"{costs[0] * 1000:.1f} ms", limit_cpu, by_cpu, 0.8),
            ratio_line("… avec la page du code entre les deux", f"{rates[2]:.0f} /s", limit, with_page),
            ratio_line("… et son processeur", f"{costs[2] * 1000:.1f} ms", limit_cpu, with_page_cpu),
            _town_hall(sides, doors),
        ],
    )


def _town_hall(sides: Sides, doors: Doors) -> Line:
    """Everybody of a town hall behind one address, one in ten mistyping once; a single refusal makes the measure void."""
    people = crowd(TOWN_HALL)
    ways = (doors.sign_in(who, "192.0.2.10", mistypes=n % 10 == 0) for n, who in enumerate(people))
    found = walk(sides.port, ways, connections=24)
    assert len(found.latencies) == TOWN_HALL
    slow = f"95 % en {found.percentile(0.95):.1f} s"
    return most_line(f"{TOWN_HALL} personnes derrière une adresse", slow, "", found.seconds, 120, "s")
