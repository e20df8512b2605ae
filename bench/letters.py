"""Letters each second: the worker's own sending, beside a bare smtplib loop whose bytes are ready."""

import secrets
import smtplib
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update

from bench import content
from bench.instance import Instance
from bench.pairs import Spread, in_turn, our_cpu
from bench.processes import Server
from bench.table import Line, Section, ratio_line
from elus.convocations import tasks
from elus.kernel import blobs, clock
from elus.kernel.db import db, transaction
from elus.kernel.outbox.enclosures import Enclosures
from elus.kernel.outbox.letters import Letter, LetterState
from elus.kernel.outbox.message import PARCEL, Parcel, compose

ROUNDS, COUNT = 10, 300
ATTACHED = 100_000


def section(of: Instance, port: int, sink: Server) -> Section:
    """With the convocation enclosed, and without."""
    letter_ids = _some_letters()
    at = clock.now()
    with transaction():
        made = blobs.write("bench:enclosure", content.pdf(ATTACHED, secrets.token_bytes(4096)), at=at)
        enclosed = [{"blob": str(made.id), "type": "application/pdf", "name": "convocation.pdf"}]
    with_pdf = _both(letter_ids, enclosed, of, port, sink, f"avec un PDF de {ATTACHED // 1000} ko")
    without = _both(letter_ids, [], of, port, sink, "sans pièce jointe")
    return Section(f"Lettres, {COUNT} par tour, contre smtplib seul (octets prêts)", [*with_pdf, *without])


def _both(
    letter_ids: list[uuid.UUID], attachments: list[dict[str, Any]], of: Instance, port: int, sink: Server, name: str
) -> list[Line]:
    messages, busy = _messages(letter_ids, attachments, of), _Busy(sink)
    sides: list[Callable[[], float]] = [
        lambda: _ours(letter_ids, attachments),
        lambda: busy.during(lambda: _bare(messages, port)),
    ]
    pairs = in_turn(sides, ROUNDS, our_cpu(sink))
    ours, bare = (Spread.of([pair[place] for pair in pairs]).median for place in (0, 1))
    ratio = Spread.of([pair[0] / pair[1] for pair in pairs])
    return [
        ratio_line(name, f"{ours:,.0f} /s", f"{bare:,.0f} /s", ratio, 0.7),
        Line(f"  serveur d’essai occupé à {busy.share:.0%} par la boucle nue", "", ""),
    ]


class _Busy:
    """How much of the time the mail server itself was at work: near 100 %, it would be what is measured."""

    def __init__(self, sink: Server) -> None:
        self.sink, self.cpu, self.seconds = sink, 0.0, 0.0

    def during(self, work: Callable[[], float]) -> float:
        cpu, began = self.sink.cpu(), time.perf_counter()
        found = work()
        self.cpu += self.sink.cpu() - cpu
        self.seconds += time.perf_counter() - began
        return found

    @property
    def share(self) -> float:
        return self.cpu / self.seconds if self.seconds else 0.0


def _some_letters() -> list[uuid.UUID]:
    """Letters of one convocation; the others are put aside."""
    with transaction():
        about = db.session.scalars(select(Letter.about_id).limit(1)).one()
        found = list(db.session.scalars(select(Letter.id).where(Letter.about_id == about).limit(COUNT)))
        db.session.execute(update(Letter).values(state=LetterState.WITHDRAWN))
    return found


def _ours(letter_ids: list[uuid.UUID], attachments: list[dict[str, Any]]) -> float:
    """Letters each second by the job of the worker, register included."""
    at = clock.now()
    with transaction():
        db.session.execute(
            update(Letter)
            .where(Letter.id.in_(letter_ids))
            .values(state=LetterState.QUEUED, due_at=at, attachments=attachments, tries=0)
        )
    db.session.remove()
    began = time.perf_counter()
    sent = tasks.send_due(at)
    seconds = time.perf_counter() - began
    if sent != len(letter_ids):
        raise RuntimeError(f"{sent} lettres parties, {len(letter_ids)} attendues")
    db.session.remove()
    return sent / seconds


def _messages(
    letter_ids: list[uuid.UUID], attachments: list[dict[str, Any]], of: Instance
) -> list[tuple[str, str, bytes]]:
    columns = [getattr(Letter, name) for name in PARCEL]
    mail_from = of.environment["ELUS_MAIL_FROM"]
    encoded = Enclosures().of(attachments)
    found = []
    for row in db.session.execute(select(*columns).where(Letter.id.in_(letter_ids))):
        parcel = replace(Parcel(*row), attachments=attachments)
        pieces = compose(parcel, parcel.recipient, encoded, mail_from=mail_from, at=clock.now())
        found.append((mail_from, parcel.recipient, b"".join(pieces)))
    db.session.remove()
    return found


def _bare(messages: list[tuple[str, str, bytes]], port: int) -> float:
    """Letters each second by `sendmail` in a loop, over one connection."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, "localhost") as smtp:
        for sender, recipient, message in messages:
            smtp.sendmail(sender, [recipient], message)
    return len(messages) / (time.perf_counter() - began)


def wait_for(port: int) -> None:
    """Until the mail server answers."""
    for _ in range(200):
        try:
            with smtplib.SMTP("127.0.0.1", port, "localhost", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("le serveur de messagerie d’essai ne répond pas")
