"""Servers started beside each other, and what the kernel says of their processes (Linux /proc)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0


class Server:
    """A process with its children: the processor time and the memory of all of them."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.started = time.monotonic()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                list(command), env={**os.environ, **environment}, cwd=ROOT, stdout=output, stderr=output
            )

    def pids(self) -> list[int]:
        """The process and its children."""
        found = [self.process.pid]
        for pid in found:
            try:
                listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            found += [int(child) for child in listed.split()]
        return found

    def cpu(self) -> float:
        """Seconds of processor used so far."""
        return sum(cpu_of(pid) for pid in self.pids())

    def peaks(self) -> dict[int, int]:
        """VmHWM of each process, in bytes."""
        return {pid: _status(pid, "VmHWM") for pid in self.pids()}

    def pss(self) -> int:
        """Memory of all of them, shared pages counted once, in bytes."""
        return sum(_pss(pid) for pid in self.pids())

    def forget_peaks(self) -> None:
        """VmHWM starts again from what is held now."""
        for pid in self.pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def stop(self) -> None:
        """SIGTERM, then wait."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether a server gives something else than an error of its own to a first request."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as found:
            found.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
            return found.recv(12)[9:10] in {b"2", b"3", b"4"}
    except OSError:
        return False


def wait_until_ready(server: Server, port: int, path: str) -> float:
    """Seconds from the start to the first answer."""
    while not answers(port, path):
        if server.process.poll() is not None or time.monotonic() - server.started > PATIENCE:
            raise RuntimeError(f"le serveur du port {port} ne répond pas ; voir les journaux à côté de la base")
        time.sleep(0.01)
    return time.monotonic() - server.started


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """A server, stopped whatever happens."""
    try:
        yield server
    finally:
        server.stop()


def gunicorn(command: Sequence[str], application: str) -> list[str]:
    """The product's own command line for any application, without the restarts that would fall in the middle of a round."""
    return [*command[:-1], "--max-requests", "0", application]


def python(module: str, *arguments: str) -> list[str]:
    """A module of this folder under the same interpreter."""
    return [sys.executable, "-m", module, *arguments]


def cpu_of(pid: int) -> float:
    """Seconds of processor one process used so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def busy() -> float:
    """Seconds of processor the whole machine used so far."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK


def _status(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":")), 0)


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
