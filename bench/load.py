"""A load generator in one thread: raw HTTP/1.1 over kept connections, so that it costs less than what it measures."""

import itertools
import selectors
import socket
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from math import inf

ROOM = 1024 * 1024
RENEWED = 25
"""Answers after which a connection is opened anew: otherwise chance leaves them all with one process for a whole round."""


@dataclass
class Load:
    """What some connections saw during a round."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    octets: int = 0

    @property
    def rate(self) -> float:
        """Answers each second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers does not exceed, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    @property
    def first_byte(self) -> float:
        """The median time to the first byte, in seconds."""
        ordered = sorted(self.first_bytes)
        return ordered[len(ordered) // 2] if ordered else 0.0


class _Connection:
    """One request after another on one socket."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = self._open()
        self.head = self.body = b""
        self.keeps_body = False
        self.left = -1  # bytes of the body still to come; -1 while the head comes
        self.status = self.count = 0
        self.began = self.first = 0.0

    def _open(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.port), 10)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def renew(self) -> None:
        """The same place in the load, on another connection."""
        self.socket.close()
        self.socket, self.count = self._open(), 0

    def send(self, request: bytes) -> None:
        self.count += 1
        self.head, self.body, self.left, self.first = b"", b"", -1, 0.0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self, room: memoryview) -> int:
        """Take what has come; how much it was, 0 when the server closed."""
        count = self.socket.recv_into(room)
        if not self.first:
            self.first = time.perf_counter()
        if self.left >= 0:
            self.left -= count
            if self.keeps_body:
                self.body += room[:count]
        else:
            self.head += room[:count]
            self._read_head()
        return count

    def _read_head(self) -> None:
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        lines = self.head[:end].split(b"\r\n")
        self.status = int(lines[0].split()[1])
        length = next((int(line[15:]) for line in lines if line[:15].lower() == b"content-length:"), 0)
        self.left = (0 if self.status in {204, 304} else length) - (len(self.head) - end - 4)
        self.head, self.body = self.head[:end], self.head[end + 4 :]


def load(port: int, request: Callable[[], bytes], *, connections: int, seconds: float) -> Load:
    """Keep so many connections busy for a while."""
    found, room = Load(), memoryview(bytearray(ROOM))
    waiting = selectors.DefaultSelector()
    opened = [_Connection(port) for _ in range(connections)]
    began = time.perf_counter()
    ends = began + seconds
    try:
        for connection in opened:
            connection.send(request())
            waiting.register(connection.socket, selectors.EVENT_READ, connection)
        busy = connections
        while busy and (ready := waiting.select(30)):
            for key, _ in ready:
                busy -= _step(key.data, found, room, waiting, request, ends)
    finally:
        waiting.close()
        for connection in opened:
            connection.socket.close()
    found.seconds = time.perf_counter() - began
    return found


def _step(
    connection: _Connection,
    found: Load,
    room: memoryview,
    waiting: selectors.BaseSelector,
    request: Callable[[], bytes],
    ends: float,
) -> int:
    """Advance one connection; 1 when it has nothing left to do."""
    count = connection.receive(room)
    found.octets += count
    if not count:
        raise ConnectionError("le serveur a fermé la connexion au milieu d’une réponse")
    if connection.left != 0:
        return 0
    now = time.perf_counter()
    found.latencies.append(now - connection.began)
    found.first_bytes.append(connection.first - connection.began)
    found.statuses.add(connection.status)
    if now >= ends:
        waiting.unregister(connection.socket)
        return 1
    if connection.count >= RENEWED:
        waiting.unregister(connection.socket)
        connection.renew()
        waiting.register(connection.socket, selectors.EVENT_READ, connection)
    connection.send(request())
    return 0


@dataclass(frozen=True)
class Answer:
    """What one step of a journey gets back."""

    status: int
    head: bytes
    body: bytes


Journey = Generator[bytes, Answer, None]
"""One person's requests, one after the other, each made from the answer to the one before."""


def walk(port: int, journeys: Iterator[Journey], *, connections: int, seconds: float = inf) -> Load:
    """Keep so many people on their way for a while, or until there is nobody left; each takes a connection of their own."""
    found, room = Load(), memoryview(bytearray(ROOM))
    waiting = selectors.DefaultSelector()
    began = time.perf_counter()
    try:
        for journey in itertools.islice(journeys, connections):
            _set_out(journey, port, waiting)
        while waiting.get_map() and (ready := waiting.select(30)):
            for key, _ in ready:
                arrived = _go_on(key.data, found, room, waiting)
                in_time = time.perf_counter() - began < seconds
                if arrived and in_time and (journey := next(journeys, None)) is not None:
                    _set_out(journey, port, waiting)
    finally:
        for key in list(waiting.get_map().values()):
            key.data[0].socket.close()
        waiting.close()
    found.seconds = time.perf_counter() - began
    return found


def _set_out(journey: Journey, port: int, waiting: selectors.BaseSelector) -> None:
    connection = _Connection(port)
    connection.keeps_body = True
    waiting.register(connection.socket, selectors.EVENT_READ, (connection, journey, time.perf_counter()))
    connection.send(next(journey))


def _go_on(
    on_the_way: tuple[_Connection, Journey, float], found: Load, room: memoryview, waiting: selectors.BaseSelector
) -> bool:
    """Advance one person; whether they have arrived."""
    connection, journey, since = on_the_way
    if not connection.receive(room):
        raise ConnectionError("le serveur a fermé la connexion au milieu d’une réponse")
    if connection.left != 0:
        return False
    try:
        connection.send(journey.send(Answer(connection.status, connection.head, connection.body)))
    except StopIteration:
        found.latencies.append(time.perf_counter() - since)
        waiting.unregister(connection.socket)
        connection.socket.close()
        return True
    return False


def get(port: int, path: str, **headers: str) -> bytes:
    """The bytes of a GET."""
    lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{port}", "Accept-Encoding: identity"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(port: int, path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST of a form."""
    head = get(port, path, Content_Type="application/x-www-form-urlencoded", Content_Length=str(len(body)), **headers)
    return head.replace(b"GET ", b"POST ", 1) + body
