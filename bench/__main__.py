"""`python -m bench [MEASURE …]`: build a temporary installation, measure it beside the bare limit, print the table."""

import logging
import platform
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from bench import doors, instance, letters, limit, memory, publishing, starting, web
from bench.instance import Instance, SignedIn
from bench.processes import Server, free_port, gunicorn, python, running, wait_until_ready
from bench.table import Section, printed
from bench.web import Sides
from elus.convocations import tasks
from elus.convocations.actions import publishing as convening
from elus.convocations.actions.publishing import Order
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.ops.supervisor import MEMORY, web_command, worker_command


class Bench:
    """One run: where things are, and how the servers start."""

    def __init__(self, folder: Path, chosen: list[str]) -> None:
        self.folder, self.chosen = folder, chosen
        self.port, self.bare_port, self.smtp_port = free_port(), free_port(), free_port()
        self.sections: list[Section] = []

    def run(self) -> None:
        """Everything, in an order where one measure does not disturb the next."""
        with running(Server(python("bench.sink", str(self.smtp_port)), {}, self.folder / "sink.log")) as sink:
            letters.wait_for(self.smtp_port)
            of = instance.build(self.folder / "instance", self.port, self.smtp_port)
            with of.app.app_context():
                self._measure(of, sink)

    def _measure(self, of: Instance, sink: Server) -> None:
        who = instance.sign_in(of.app, of.users[0])
        secretary = instance.sign_in(of.app, of.secretary_user)
        meeting_id = _convene(of)
        feeds = {instance.calendar(of, of.people[number], count): count for number, count in ((100, 20), (101, 500))}
        db.session.remove()
        with running(self.ours(of)) as ours:
            wait_until_ready(ours, self.port, "/connexion")
            limit.prepare(self.folder / "bare", of, meeting_id, self._page(meeting_id, who), feeds)
            with running(self.bare(of)) as bare:
                wait_until_ready(bare, self.bare_port, "/")
                sides = Sides(ours, bare, self.port, self.bare_port)
                self._note("page", lambda: web.page(sides, meeting_id, who))
                self._note("paper", lambda: web.paper(sides, meeting_id, of.papers[0][1], who))
                self._note("feed", lambda: web.feed(sides, *feeds))
                self._note("password", lambda: web.password(sides, [one.address for one in doors.crowd(doors.CROWD)]))
                self._note("doors", lambda: doors.section(sides, of))
            with running(Server(worker_command(), {**MEMORY, **of.environment}, self.folder / "worker.log")) as worker:
                self._note("memory", lambda: memory.section(of, ours, worker, secretary))
        self._note("publishing", lambda: publishing.section(of, self.folder))
        self._note("letters", lambda: letters.section(of, self.smtp_port, sink))
        self._note(
            "starting",
            lambda: starting.section(lambda: self.ours(of), lambda: self.bare(of), (self.port, self.bare_port)),
        )

    def ours(self, of: Instance) -> Server:
        """The product's server, by its own command line."""
        command = web_command(of.app.extensions["elus.settings"])
        return Server(gunicorn(command, "wsgi:app"), {**MEMORY, **of.environment}, self.folder / "portail.log")

    def bare(self, of: Instance) -> Server:
        """The bare application under the same command line, on its port."""
        command = web_command(of.app.extensions["elus.settings"])
        there = f"127.0.0.1:{self.bare_port}"
        command = [there if word == f"127.0.0.1:{self.port}" else word for word in command]
        environment = {"BENCH_BARE": str(self.folder / "bare")}
        return Server(gunicorn(command, "bench.bare:from_environment()"), environment, self.folder / "bare.log")

    def _page(self, meeting_id: uuid.UUID, who: SignedIn) -> str:
        connection = HTTPConnection("localhost", self.port, timeout=30)
        connection.request("GET", f"/reunions/{meeting_id}", headers={"Cookie": who.cookie})
        answer = connection.getresponse()
        html = answer.read().decode()
        connection.close()
        assert answer.status == 200, (answer.status, html[:500])
        return html

    def _note(self, name: str, measure: Callable[[], Section]) -> None:
        """Keep a section; one that fails is told and does not take the others with it."""
        if self.chosen and name not in self.chosen:
            return
        began = time.monotonic()
        try:
            found = measure()
        except Exception as wrong:
            logging.exception("une mesure a échoué")
            found = Section(f"mesure impossible : {wrong}", [])
        self.sections.append(found)
        print(f"  {found.title} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)


def _convene(of: Instance) -> uuid.UUID:
    """A meeting really published, its PDF made."""
    meeting_id, at = instance.draft(of), clock.now() - timedelta(days=1)
    with transaction():
        convening.publish(meeting_id, Order(revision=1, author_id=of.author_id), by=of.viewer(at), at=at)
    assert tasks.seal_due(clock.now())
    return meeting_id


def main() -> None:
    """Measure and print; a measure is not a test, so the exit code is 0 whatever it finds."""
    logging.disable(logging.INFO)
    began = time.monotonic()
    print("Mesures en cours, moins de quatre minutes…", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="elus-bench-") as folder:
        bench = Bench(Path(folder), sys.argv[1:])
        bench.run()
    print(
        f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, {time.monotonic() - began:.0f} s\n"
    )
    print(printed(bench.sections))


if __name__ == "__main__":
    main()
