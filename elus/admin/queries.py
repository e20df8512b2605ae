"""What an administrator must see: letters that wait, files that no longer open, accounts. Never content."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from elus.identity.models import Session, User
from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.kernel.outbox import Letter, LetterState

WAITING = (LetterState.QUEUED, LetterState.SENDING, LetterState.DEFERRED, LetterState.UNKNOWN)


@dataclass(frozen=True)
class State:
    """Figures of the whole installation."""

    waiting: int
    oldest: datetime | None
    refused: int
    files: int
    octets: int
    damaged: int
    accounts: int
    signed_in: int


def state(at: datetime) -> State:
    """The figures at an instant; four statements."""
    waiting, oldest = db.session.execute(
        select(func.count(), func.min(Letter.due_at)).where(Letter.state.in_(WAITING), Letter.due_at <= at)
    ).one()
    refused = db.session.scalar(select(func.count()).where(Letter.state == LetterState.REFUSED)) or 0
    files, octets, damaged = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Blob.size), 0), func.count(Blob.damaged_at))
    ).one()
    live = select(func.count()).where(
        Session.ended_at.is_(None), Session.proven_at.is_not(None), Session.expires_at > at
    )
    accounts, signed_in = db.session.execute(
        select(select(func.count()).where(User.activated_at.is_not(None)).scalar_subquery(), live.scalar_subquery())
    ).one()
    return State(waiting, oldest, refused, files, octets, damaged, accounts, signed_in)
