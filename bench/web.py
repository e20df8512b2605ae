"""HTTP jobs: both servers run together under the same gunicorn, and answer in turn."""

import itertools
import re
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode

from bench.instance import PASSWORD, SignedIn
from bench.load import Load, get, load, post
from bench.pairs import Spread, in_turn, our_cpu
from bench.processes import Server
from bench.table import Line, Section, most_line, ratio_line
from elus.identity import passwords

ROUNDS = 10
Request = Callable[[], bytes]


@dataclass(frozen=True)
class Sides:
    """The two servers and their ports."""

    ours: Server
    bare: Server
    port: int
    bare_port: int

    def cpu(self) -> float:
        return our_cpu(self.ours, self.bare)()


@dataclass(frozen=True)
class Sample:
    """One round of one side."""

    load: Load
    cpu: float  # seconds of processor an answer cost the server

    @property
    def rate(self) -> float:
        return self.load.rate


def one(server: Server, port: int, request: Request, *, connections: int, seconds: float, wanted: int) -> Sample:
    """A round; anything else than the wanted status makes the measure void, so it stops."""
    before = server.cpu()
    found = load(port, request, connections=connections, seconds=seconds)
    if found.statuses != {wanted}:
        raise RuntimeError(f"réponses inattendues : {found.statuses}, attendu {wanted}")
    return Sample(found, (server.cpu() - before) / len(found.latencies))


def compared(
    sides: Sides, ours: Request, bare: Request, *, connections: int, seconds: float = 1.0, wanted: int = 200
) -> list[list[Sample]]:
    """Rounds of both sides in turn."""

    def side(server: Server, port: int, request: Request) -> Callable[[], Sample]:
        return lambda: one(server, port, request, connections=connections, seconds=seconds, wanted=wanted)

    both = [side(sides.ours, sides.port, ours), side(sides.bare, sides.bare_port, bare)]
    return in_turn(both, ROUNDS, sides.cpu)


def rates(name: str, pairs: list[list[Sample]], least: float | None, unit: str = "/s") -> Line:
    """Answers each second: ours over the limit's."""
    ours, bare = (Spread.of([pair[place].rate for pair in pairs]).median for place in (0, 1))
    ratio = Spread.of([pair[0].rate / pair[1].rate for pair in pairs])
    return ratio_line(name, f"{ours:,.0f} {unit}", f"{bare:,.0f} {unit}", ratio, least)


def costs(name: str, pairs: list[list[Sample]], least: float | None = None) -> Line:
    """Processor an answer costs: the limit's over ours, so that more is better as everywhere."""
    ours, bare = (Spread.of([pair[place].cpu * 1000 for pair in pairs]).median for place in (0, 1))
    ratio = Spread.of([pair[1].cpu / pair[0].cpu for pair in pairs])
    return ratio_line(name, f"{ours:.2f} ms", f"{bare:.2f} ms", ratio, least)


def slowest(name: str, pairs: list[list[Sample]]) -> Line:
    """The 95th percentile of latency: the limit's over ours."""
    found = [[sample.load.percentile(0.95) * 1000 for sample in pair] for pair in pairs]
    ours, bare = (Spread.of([pair[place] for pair in found]).median for place in (0, 1))
    return ratio_line(name, f"{ours:.1f} ms", f"{bare:.1f} ms", Spread.of([pair[1] / pair[0] for pair in found]))


def fixed(request: bytes) -> Request:
    """Always the same request."""
    return lambda: request


def page(sides: Sides, meeting_id: uuid.UUID, who: SignedIn) -> Section:
    """The meeting page against the same HTML by one query and Jinja."""
    there, there_bare = f"/reunions/{meeting_id}", f"/une-ligne/{meeting_id}"
    ours = fixed(get(sides.port, there, Cookie=who.cookie))
    loops, line = fixed(get(sides.bare_port, there)), fixed(get(sides.bare_port, there_bare))
    many = compared(sides, ours, loops, connections=10)
    few = compared(sides, ours, loops, connections=2, seconds=0.5)
    strict = compared(sides, ours, line, connections=10)
    return Section(
        "Page d’une réunion : 25 points, 60 documents",
        [
            rates("requêtes/s, c = 10", many, 0.5),
            slowest("95 % des réponses, c = 2", few),
            costs("processeur par réponse", many),
            rates("… contre une page déjà écrite (une ligne lue)", strict, None),
        ],
    )


def paper(sides: Sides, meeting_id: uuid.UUID, file_id: uuid.UUID, who: SignedIn) -> Section:
    """A paper of 10 MiB, whole and by Range, against `send_file` of the same bytes."""
    there = f"/reunions/{meeting_id}/pieces/{file_id}"
    span = "bytes=5000000-5065535"
    whole = [fixed(get(sides.port, there, Cookie=who.cookie)), fixed(get(sides.bare_port, there))]
    part = [
        fixed(get(sides.port, there, Cookie=who.cookie, Range=span)),
        fixed(get(sides.bare_port, there, Range=span)),
    ]
    few = compared(sides, *whole, connections=2)
    many = compared(sides, *whole, connections=10)
    ranges = compared(sides, *part, connections=10, seconds=0.7, wanted=206)
    first = [[sample.load.first_byte * 1000 for sample in pair] for pair in few]
    first_ours, first_bare = (Spread.of([pair[place] for pair in first]).median for place in (0, 1))
    return Section(
        "Document de 10 Mio, contre send_file des mêmes octets",
        [
            rates("entier, c = 2", few, 0.6),
            rates("entier, c = 10", many, 0.6),
            costs("processeur, c = 2", few, 0.5),
            most_line(
                "premier octet, c = 2",
                f"{first_ours:.1f} ms",
                f"{first_bare:.1f} ms",
                first_ours / first_bare,
                3,
                "fois",
            ),
            rates("Range de 64 Kio, c = 10", ranges, None),
        ],
    )


def feed(sides: Sides, small: str, large: str) -> Section:
    """The calendar: unchanged, then changed."""
    etags = {secret: _etag(sides.port, f"/agenda/{secret}.ics") for secret in (small, large)}

    def asked(secret: str) -> list[Request]:
        there = f"/agenda/{secret}.ics"
        return [
            fixed(get(sides.port, there, If_None_Match=etags[secret])),
            fixed(get(sides.bare_port, there, If_None_Match='"same"')),
        ]

    same = compared(sides, *asked(small), connections=10, wanted=304)
    same_large = compared(sides, *asked(large), connections=10, seconds=0.5, wanted=304)
    there = f"/agenda/{large}.ics"
    whole = compared(sides, fixed(get(sides.port, there)), fixed(get(sides.bare_port, there)), connections=10)
    return Section(
        "Adresse d’agenda, contre une ligne lue et des chaînes simples",
        [
            rates("304, 20 réunions, c = 10", same, 0.4),
            rates("304, 500 réunions, c = 10", same_large, None),
            rates("changé, 500 réunions", whole, 0.25),
        ],
    )


def _etag(port: int, path: str) -> str:
    connection = HTTPConnection("localhost", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    found = answer.getheader("ETag")
    assert found, answer.status
    return found


def password(sides: Sides, addresses: list[str]) -> Section:
    """The password step against argon2id alone on as many threads; an unknown address must cost the same.

    Each address once or so: a right password not followed by a code remains a try.
    """
    cookie, csrf = form(sides.port)
    turn, strangers, networks = itertools.cycle(addresses), itertools.count(), itertools.count()

    def attempt(address: str) -> bytes:
        body = urlencode({"csrf_token": csrf, "address": address, "password": PASSWORD}).encode()
        n = next(networks)  # people behind other addresses: the wide limit by network is not what is measured
        network = f"10.{n // 62500 % 250}.{n // 250 % 250}.{n % 250}"
        return post(sides.port, "/connexion", body, Cookie=cookie, X_Forwarded_For=network)

    def known() -> float:
        return _rate(sides, lambda: attempt(next(turn)), 302)

    def unknown() -> float:
        return _rate(sides, lambda: attempt(f"inconnu{next(strangers)}@banc.invalid"), 422)

    pairs = in_turn([known, unknown, raw_argon], ROUNDS, sides.cpu)
    ours, other, limit = (Spread.of([pair[place] for pair in pairs]).median for place in range(3))
    return Section(
        "Connexion, étape du mot de passe, contre argon2id seul sur deux fils",
        [
            ratio_line("c = 4", f"{ours:.0f} /s", f"{limit:.0f} /s", Spread.of([a / c for a, _, c in pairs]), 0.7),
            ratio_line(
                "adresse inconnue, contre connue",
                f"{other:.0f} /s",
                f"{ours:.0f} /s",
                Spread.of([b / a for a, b, _ in pairs]),
            ),
        ],
    )


def _rate(sides: Sides, request: Request, wanted: int) -> float:
    return one(sides.ours, sides.port, request, connections=4, seconds=0.7, wanted=wanted).rate


def raw_argon(seconds: float = 0.7) -> float:
    """Verifications each second of the same hash on two threads."""
    kept = passwords.HASHER.hash(PASSWORD)
    ends = time.perf_counter() + seconds

    def work() -> int:
        count = 0
        while time.perf_counter() < ends:
            passwords.HASHER.verify(kept, PASSWORD)
            count += 1
        return count

    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        count = sum(future.result() for future in [pool.submit(work), pool.submit(work)])
    return count / (time.perf_counter() - began)


def form(port: int) -> tuple[str, str]:
    """The cookie and the token of the sign-in page."""
    connection = HTTPConnection("localhost", port, timeout=30)
    connection.request("GET", "/connexion")
    answer = connection.getresponse()
    text = answer.read().decode()
    cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
    connection.close()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert found
    return cookie, found[1]
