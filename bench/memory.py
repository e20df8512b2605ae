"""A file of 1 GB goes up in raw parts, is checked, and comes down: what the processes hold at most."""

import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from bench import content
from bench.instance import Instance, SignedIn, draft
from bench.processes import Server
from bench.table import Line, Section, most_line

SMALL, LARGE = 64 * content.MEBI, 1_000_000_000
MOST, FLAT = 300, 16  # MB of one process; MiB between a small file and a large one
AT_ONCE = 3


class Uploader:
    """What the page of the secretariat does, without the page."""

    def __init__(self, port: int, meeting_id: uuid.UUID, who: SignedIn) -> None:
        self.port, self.who = port, who
        self.shelf = f"/secretariat/reunions/{meeting_id}/fichiers"
        self.papers = f"/reunions/{meeting_id}/pieces"

    def send(self, name: str, size: int) -> str:
        """Announce, put every part, complete; gives the id of the file."""
        pieces = content.pdf(size, secrets.token_bytes(4096))
        whole = sum(map(len, pieces))
        told = self._json("POST", self.shelf, {"name": name, "size": whole, "modified": 1})
        there, part = f"{self.shelf}/{told['id']}", int(told["part"])
        with ThreadPoolExecutor(AT_ONCE) as pool:
            numbered = enumerate(_parts(pieces, part), 1)
            while True:
                some = [next(numbered, None) for _ in range(AT_ONCE)]
                list(pool.map(lambda one: one and self._put(f"{there}/parties/{one[0]}", one[1]), some))
                if some[-1] is None:
                    break
        self._json("POST", f"{there}/complet", {})
        return str(told["id"])

    def wait(self, file_id: str, seconds: float = 60.0) -> str:
        """Until the worker has said what the file is."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            state = self._json("GET", f"{self.shelf}/{file_id}", None)
            if state["state"] in {"ready", "refused"}:
                return str(state["state"])
            time.sleep(0.1)
        return "trop long"

    def fetch(self, file_id: str) -> int:
        """Read a file to its end; how many bytes it had."""
        connection = HTTPConnection("localhost", self.port, timeout=120)
        connection.request("GET", f"{self.papers}/{file_id}", headers={"Cookie": self.who.cookie})
        answer, count = connection.getresponse(), 0
        room = bytearray(content.MEBI)
        while taken := answer.readinto(room):
            count += taken
        connection.close()
        return count

    def _put(self, path: str, body: bytes) -> None:
        self._asked("PUT", path, body, "application/octet-stream")

    def _json(self, method: str, path: str, told: dict[str, Any] | None) -> dict[str, Any]:
        body = json.dumps(told).encode() if told is not None else b""
        found: dict[str, Any] = json.loads(self._asked(method, path, body, "application/json"))
        return found

    def _asked(self, method: str, path: str, body: bytes, kind: str) -> bytes:
        connection = HTTPConnection("localhost", self.port, timeout=120)
        headers = {"Cookie": self.who.cookie, "X-CSRFToken": self.who.csrf, "Content-Type": kind}
        headers["Accept"] = "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} : {answer.status} {said[:200]!r}")
        return said


def _parts(pieces: list[bytes], size: int) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


@dataclass(frozen=True)
class Peaks:
    """The highest resident memory of one process while one file goes up, is checked, and comes down."""

    up: int
    checked: int
    down: int


def section(of: Instance, server: Server, worker: Server, who: SignedIn) -> Section:
    """A file of 64 MiB, then one of 1 GB: the difference tells whether memory depends on the size."""
    uploader = Uploader(of.port, draft(of, days=40), who)
    small, large = (_peaks(uploader, server, worker, size) for size in (SMALL, LARGE))
    lines: list[Line] = []
    for name, least, most in (
        ("envoi en parties", small.up, large.up),
        ("contrôle par l’ouvrier", small.checked, large.checked),
        ("lecture", small.down, large.down),
    ):
        lines.append(
            most_line(f"{name} : le processus le plus gros", f"{most / 1e6:.0f} Mo", "", most / 1e6, MOST, "Mo")
        )
        grown = max(0.0, (most - least) / content.MEBI)
        lines.append(most_line("  de plus que pour 64 Mio", "", "", grown, FLAT, "Mio"))
    return Section("Mémoire, un fichier de 1 Go monte et descend", lines)


def _peaks(uploader: Uploader, server: Server, worker: Server, size: int) -> Peaks:
    up, file_id = _peak(server, lambda: uploader.send(f"fichier-{size}.pdf", size))
    checked, state = _peak(worker, lambda: uploader.wait(file_id))
    if state != "ready":
        raise RuntimeError(f"le fichier de {size} octets n’est pas prêt : {state}")
    down, read = _peak(server, lambda: uploader.fetch(file_id))
    if read < size:
        raise RuntimeError(f"{read} octets lus sur {size}")
    return Peaks(up, checked, down)


def _peak(server: Server, work: Callable[[], Any]) -> tuple[int, Any]:
    """The highest resident memory of one process during some work, and what the work gave."""
    server.forget_peaks()
    found = work()
    return max(server.peaks().values()), found
