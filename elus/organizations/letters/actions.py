"""Asking for printed letters, making their codes, taking the PDF once, and destroying it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from elus.identity import actions as identity
from elus.identity.models import User
from elus.identity.sealed import new_letter_code
from elus.kernel import blobs, journal
from elus.kernel.blobs import Blob
from elus.kernel.clock import local_day
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.organizations.letters import queries
from elus.organizations.letters.queries import Told
from elus.organizations.models import Person, WelcomeBatch

KEPT = timedelta(hours=24)
TAKING = timedelta(minutes=5)
"""How long a taken PDF may still be on its way; the end of the sending destroys it sooner."""
FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Written:
    """A letter to print: whose account, what it says, and its code, which only the paper will hold."""

    user_id: uuid.UUID
    told: Told
    code: str


def ask(people: Sequence[uuid.UUID], *, organization_id: uuid.UUID | None, by: uuid.UUID, at: datetime) -> WelcomeBatch:
    """Ask the worker for the letters of some people; asking twice at once asks once. Refused("nobody")."""
    if not people:
        raise Refused("nobody")
    asked = sorted(str(person_id) for person_id in people)
    for waiting in db.session.scalars(
        select(WelcomeBatch).where(
            WelcomeBatch.asked_by == by,
            WelcomeBatch.ready_at.is_(None),
            WelcomeBatch.failed.is_(None),
            WelcomeBatch.expires_at > at,
        )
    ):
        if waiting.people == asked:
            return waiting
    batch = WelcomeBatch(
        id=uuid.uuid4(),
        organization_id=organization_id,
        asked_by=by,
        asked_at=at,
        people=asked,
        expires_at=at + KEPT,
    )
    db.session.add(batch)
    return batch


def write(people: Iterable[uuid.UUID], *, at: datetime) -> list[Written]:
    """The letters of some people, sorted by commune then name, each with a new code that opens nothing yet.

    Accounts are made where needed; nobody whose address serves somebody else, or whose account is ready, gets a letter.
    """
    written = []
    for told in queries.told(list(people), local_day(at)):
        try:
            user = identity.create_account(db.session.get_one(Person, told.person_id), at=at)
        except Refused:
            continue
        if user.activated_at is None:
            written.append(Written(user.id, told, new_letter_code()))
    return written


def give_out(written: Iterable[Written], *, by: uuid.UUID | None, at: datetime) -> int:
    """From now on these codes open, and earlier invitations of the same people no longer do; how many letters."""
    count = 0
    for letter in written:
        try:
            identity.print_invitation(db.session.get_one(User, letter.user_id), letter.code, at=at)
        except Refused:  # opened while the PDF was made: the letter says so when it is used
            continue
        journal.write("letters_printed", f"user:{letter.user_id}", at=at, by=by)
        count += 1
    return count


def keep(batch_id: uuid.UUID, written: Sequence[Written], pdf: bytes, *, at: datetime) -> bool:
    """Keep the PDF of a batch, encrypted, and give its codes out; False when it was made elsewhere meanwhile."""
    batch = db.session.scalars(
        select(WelcomeBatch)
        .where(WelcomeBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if batch.ready_at is not None or batch.failed is not None:
        return False
    blob = blobs.write(f"welcome_batch:{batch_id}", [pdf], at=at)
    db.session.flush()
    batch.blob_id = blob.id
    batch.ready_at = at
    batch.letters = give_out(written, by=batch.asked_by, at=at)
    return True


def give_up(batch_id: uuid.UUID, why: str) -> None:
    """There will be no PDF, and why."""
    db.session.execute(
        update(WelcomeBatch).where(WelcomeBatch.id == batch_id, WelcomeBatch.ready_at.is_(None)).values(failed=why)
    )


def take(batch_id: uuid.UUID, *, at: datetime) -> None:
    """Take the PDF, once: Refused("gone") the second time, or after a day."""
    taken = db.session.execute(
        update(WelcomeBatch)
        .where(
            WelcomeBatch.id == batch_id,
            WelcomeBatch.blob_id.is_not(None),
            WelcomeBatch.failed.is_(None),
            WelcomeBatch.expires_at > at,
        )
        .values(failed="taken", expires_at=at + TAKING)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult
        raise Refused("gone")


def destroy(batch_ids: Sequence[uuid.UUID]) -> list[str]:
    """Forget the PDFs of some batches: their keys go with their rows; gives what the storage must then delete."""
    found = db.session.execute(
        select(WelcomeBatch, Blob).join(Blob, WelcomeBatch.blob_id == Blob.id).where(WelcomeBatch.id.in_(batch_ids))
    ).all()
    keys = []
    for batch, blob in found:
        keys.append(blob.key)
        batch.blob_id = None
        db.session.flush()
        db.session.delete(blob)
    return keys


def forget(at: datetime) -> int:
    """Forget the batches of last month."""
    gone = db.session.execute(
        delete(WelcomeBatch).where(WelcomeBatch.expires_at < at - FORGOTTEN_AFTER, WelcomeBatch.blob_id.is_(None))
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
