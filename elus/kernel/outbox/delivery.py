"""Letters that are due leave, over one connection; what the server said is stored with what it means.

Answers the killed worker (a claim that expires is an unknown outcome, told as such), the mail server that is down (letters
wait, one alarm for one failure) and the letter sent twice by two workers (claims are conditional updates).
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from flask import current_app
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import defer

from elus.config import Settings
from elus.kernel import blobs, journal
from elus.kernel.crypto import Damaged
from elus.kernel.db import db, transaction
from elus.kernel.outbox.enclosures import Enclosures
from elus.kernel.outbox.folder import Folder
from elus.kernel.outbox.letters import Letter, LetterState, Outcome, can_send
from elus.kernel.outbox.message import PARCEL, Parcel, ascii_address, compose
from elus.kernel.outbox.relay import TIMEOUT, MailDown, relay_of
from elus.kernel.storage import StorageUnavailable

BATCH, FAST_BATCH = 25, 100  # letters between two commits; more for a server that takes them fast
FAST, BATCH_SECONDS = 0.5, 2.0  # seconds: no outcome waits long to be stored
CLAIM = timedelta(minutes=15)
STEPS = [timedelta(minutes=minutes) for minutes in (2, 10, 30, 60)]
THEN, DEFERRED_TRIES = timedelta(hours=2), 28  # 102 minutes, then every two hours: 48 hours in all
UNKNOWN_TRIES = 3  # each may reach the person once more
UNREADABLE = timedelta(minutes=30)
DOWN_SHORTEST, DOWN_LONGEST = timedelta(minutes=1), timedelta(minutes=5)

Told = Callable[[list[tuple[Letter, Outcome, datetime]]], None]
"""Called in the transaction that stores some outcomes, in the order they were observed."""


class Carrier(Protocol):
    """What takes letters away."""

    accepted: int

    def open(self) -> None:
        """Be ready to take letters; raise `MailDown` otherwise."""

    def close(self) -> None:
        """Let go."""

    def hand_over(self, message_id: str, recipient: str, pieces: list[bytes]) -> Outcome:
        """Take one message; raise `MailDown` when nothing of it was taken."""


def deliver_due(at: datetime, *, told: Told, timeout: float = TIMEOUT) -> int:
    """Send every letter that is due and say how many got an outcome; nothing without a mail server, save in a demonstration."""
    settings: Settings = current_app.extensions["elus.settings"]
    if not can_send(settings):
        return 0
    run = _Run(settings, at, told, timeout)
    run.tell_interrupted()
    return run.deliver() if run.anything_due() else 0


class _Run:
    def __init__(self, settings: Settings, at: datetime, told: Told, timeout: float) -> None:
        self.settings, self.told = settings, told
        self.enclosures = Enclosures()
        self._at, self._started = at, time.monotonic()
        self.carrier: Carrier = (
            relay_of(settings, timeout=timeout, now=self.now)
            if settings.smtp_url
            else Folder(settings.outbox, now=self.now)
        )

    def now(self) -> datetime:
        """The instant the run was given, moved by the time it takes: each letter has its own."""
        return self._at + timedelta(seconds=time.monotonic() - self._started)

    def tell_interrupted(self) -> None:
        """A claim that expired means a worker died between the server's answer and ours: unknown, then sent again."""
        at = self.now()
        expired = (Letter.state == LetterState.SENDING, Letter.claimed_until < at)
        if db.session.scalar(select(Letter.id).where(*expired).limit(1)) is None:
            return
        with transaction():
            outcome = Outcome("unknown", text="interrupted", next_at=at)
            letters = db.session.scalars(select(Letter).where(*expired)).all()
            for letter in letters:
                _apply(letter, outcome)
            self.told([(letter, outcome, at) for letter in letters])

    def anything_due(self) -> bool:
        """Whether some letter waits, so that a quiet minute opens no connection."""
        return db.session.scalar(select(Letter.id).where(_due(self.now())).limit(1)) is not None

    def deliver(self) -> int:
        """Batch after batch until nothing is due or the server goes away."""
        count, size = 0, BATCH
        try:
            self._open()
            while batch := self._claimed(size):
                began = time.monotonic()
                handled, down = self._batch(batch)
                count += handled
                size = min(size * 2, FAST_BATCH) if time.monotonic() - began < FAST else BATCH
                if down is not None:
                    if not self.carrier.accepted:
                        raise down
                    self._open()  # many servers close after so many messages
        except MailDown as down:
            self._postpone(down)
        finally:
            self.carrier.close()
        return count

    def _open(self) -> None:
        db.session.rollback()  # no transaction stays open while a server is slow
        self.carrier.open()
        last = journal.latest("mail_down", "mail_up")
        if last is not None and last.action == "mail_down":
            with transaction():
                journal.write("mail_up", "mail", at=self.now())
        db.session.rollback()

    def _claimed(self, size: int) -> list[Parcel]:
        at = self.now()
        columns = [getattr(Letter, name) for name in PARCEL]
        with transaction():
            found = select(*columns).where(_due(at)).order_by(Letter.due_at, Letter.created_at, Letter.id).limit(size)
            parcels = [Parcel(*row) for row in db.session.execute(found)]
            claimed = db.session.scalars(
                update(Letter)
                .where(Letter.id.in_([parcel.id for parcel in parcels]), _due(at))
                .values(state=LetterState.SENDING, claimed_until=at + CLAIM)
                .returning(Letter.id)
                .execution_options(synchronize_session=False)
            ).all()
        won = set(claimed)
        return [parcel for parcel in parcels if parcel.id in won]

    def _batch(self, batch: list[Parcel]) -> tuple[int, MailDown | None]:
        """Hand over what can be; store what was learnt, and give back what was not tried, whatever happens."""
        outcomes: dict[uuid.UUID, Outcome] = {}
        unreadable: dict[uuid.UUID, timedelta] = {}
        ends = time.monotonic() + BATCH_SECONDS
        try:
            for parcel in batch:
                if time.monotonic() > ends:
                    break
                try:
                    outcomes[parcel.id] = self._next(parcel, self._handed_over(parcel))
                except Damaged as wrong:
                    blobs.note_damage(wrong)
                    unreadable[parcel.id] = UNREADABLE
                except StorageUnavailable:
                    unreadable[parcel.id] = DOWN_LONGEST
        except MailDown as down:
            return len(outcomes), down
        finally:
            self._store(batch, outcomes, unreadable)
        return len(outcomes), None

    def _handed_over(self, parcel: Parcel) -> Outcome:
        recipient = ascii_address(parcel.recipient)
        if recipient is None:  # RFC 3463: bad destination mailbox address syntax
            return Outcome("refused", enhanced="5.1.3", text="address not valid: not sent")
        enclosed = self.enclosures.of(parcel.attachments)
        pieces = compose(parcel, recipient, enclosed, mail_from=self.settings.mail_from, at=self.now())
        return self.carrier.hand_over(parcel.message_id, recipient, pieces)

    def _next(self, parcel: Parcel, outcome: Outcome) -> Outcome:
        """What an outcome means for this letter: when it is tried again, or that it no longer is."""
        if outcome.kind == "deferred" and parcel.tries + 1 >= DEFERRED_TRIES:
            return replace(outcome, kind="refused")
        if outcome.kind in {"deferred", "unknown"}:
            wait = STEPS[parcel.tries] if parcel.tries < len(STEPS) else THEN
            return replace(outcome, next_at=self.now() + wait)
        return outcome

    def _store(
        self, batch: list[Parcel], outcomes: dict[uuid.UUID, Outcome], unreadable: dict[uuid.UUID, timedelta]
    ) -> None:
        at = self.now()
        with transaction():
            told = select(Letter).where(Letter.id.in_(list(outcomes))).options(defer(Letter.text), defer(Letter.html))
            letters = {letter.id: letter for letter in db.session.scalars(told)}
            for id, outcome in outcomes.items():
                _apply(letters[id], outcome)
            self.told([(letters[id], outcome, outcome.sent_at or at) for id, outcome in outcomes.items()])
            for parcel in batch:
                if parcel.id not in outcomes:
                    later = {"due_at": at + unreadable[parcel.id]} if parcel.id in unreadable else {}
                    db.session.execute(
                        update(Letter)
                        .where(Letter.id == parcel.id, Letter.state == LetterState.SENDING)
                        .values(state=parcel.state, claimed_until=None, **later)
                    )

    def _postpone(self, down: MailDown) -> None:
        """The server is away: letters keep their state and wait a little; the alarm rings once for one failure."""
        at = self.now()
        current_app.logger.error("mail server: %s %s", down.code or "", down)
        with transaction():
            last = journal.latest("mail_down", "mail_up")
            lasting = at - last.at if last is not None and last.action == "mail_down" else None
            if lasting is None:
                journal.write("mail_down", "mail", at=at, code=down.code)
            wait = min(max((lasting or timedelta()) / 2, DOWN_SHORTEST), DOWN_LONGEST)
            db.session.execute(
                update(Letter).where(_due(at)).values(due_at=at + wait).execution_options(synchronize_session=False)
            )


def _due(at: datetime) -> ColumnElement[bool]:
    waiting = Letter.state.in_([LetterState.QUEUED, LetterState.DEFERRED])
    again = and_(Letter.state == LetterState.UNKNOWN, Letter.unknowns <= UNKNOWN_TRIES)
    return and_(Letter.due_at <= at, or_(waiting, again))


def _apply(letter: Letter, outcome: Outcome) -> None:
    letter.state = LetterState(outcome.kind)
    letter.claimed_until = None
    letter.tries += 1
    letter.unknowns += outcome.kind == "unknown"
    letter.due_at = outcome.next_at or letter.due_at
    letter.sent_at = outcome.sent_at
    letter.reply_code, letter.enhanced_code = outcome.code, outcome.enhanced
    letter.reply_text, letter.queue_id = outcome.text, outcome.queue_id
    letter.relay = outcome.relay or None
