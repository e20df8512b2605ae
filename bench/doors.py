"""Signing in, both steps, over HTTP: sign-ins a second beside argon2id alone on as many threads."""

import itertools
import re
import secrets
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import insert

from bench.instance import PASSWORD
from bench.load import Answer, Journey, get, post, walk
from bench.pairs import Spread, in_turn
from bench.table import Section, ratio_line
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

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie, self.csrf = form(port)
        self.refusals: list[tuple[str, int]] = []

    def sign_in(self, who: Somebody, network: str, *, mistypes: bool = False) -> Journey:
        """The password, the page of the code, the code; once more when the password was mistyped."""
        device = f"elus-device={who.device}"
        sent = {"Cookie": f"{self.cookie}; {device}", "X_Forwarded_For": network}
        if mistypes:
            self._insist("password", (yield self._password(who, "une faute de frappe", sent)), 422)
        pending = self._insist("password", (yield self._password(who, PASSWORD, sent)), 302)
        sent["Cookie"] = f"{_cookie(pending)}; {device}"
        page = self._insist("page", (yield get(self.port, "/connexion/code", **sent)), 200)
        csrf, sent["Cookie"] = _csrf(page.body), f"{_cookie(page)}; {device}"
        code = totp.code_at(who.secret, clock.now())
        body = urlencode({"csrf_token": csrf, "code": code}).encode()
        self._insist("code", (yield post(self.port, "/connexion/code", body, **sent)), 302)

    def _password(self, who: Somebody, password: str, sent: dict[str, str]) -> bytes:
        body = urlencode({"csrf_token": self.csrf, "address": who.address, "password": password}).encode()
        return post(self.port, "/connexion", body, **sent)

    def _insist(self, step: str, answer: Answer, wanted: int) -> Answer:
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


def section(sides: Sides) -> Section:
    """Both steps against argon2id alone; the server's processor as well, then a whole town hall behind one address."""
    people = crowd(CROWD)
    turn, doors = itertools.cycle(people), Doors(sides.port)
    networks = itertools.count()

    def journey() -> Journey:
        n = next(networks)
        return doors.sign_in(next(turn), f"10.{n // 62500 % 250}.{n // 250 % 250}.{n % 250}")

    def ours() -> tuple[float, float]:
        before = sides.ours.cpu()
        found = walk(sides.port, journey, connections=CONNECTIONS, seconds=SECONDS)
        return found.rate, (sides.ours.cpu() - before) / len(found.latencies)

    def bare() -> tuple[float, float]:
        before = time.process_time()
        rate = raw_argon(SECONDS)
        return rate, (time.process_time() - before) / (rate * SECONDS)

    pairs = in_turn([ours, bare], ROUNDS, sides.cpu)
    rates = [Spread.of([pair[place][0] for pair in pairs]).median for place in (0, 1)]
    costs = [Spread.of([pair[place][1] * 1000 for pair in pairs]).median for place in (0, 1)]
    return Section(
        "Connexion entière (mot de passe, page du code, code), contre argon2id seul sur deux fils",
        [
            ratio_line(
                f"entrées/s, c = {CONNECTIONS}",
                f"{rates[0]:.0f} /s",
                f"{rates[1]:.0f} /s",
                Spread.of([a[0] / b[0] for a, b in pairs]),
                0.8,
            ),
            ratio_line(
                "processeur par entrée",
                f"{costs[0]:.1f} ms",
                f"{costs[1]:.1f} ms",
                Spread.of([b[1] / a[1] for a, b in pairs]),
            ),
        ],
    )
