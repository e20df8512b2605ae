"""What happens to letters and paper once a convocation has left, and who is reminded."""

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from elus.convocations import mails, queries
from elus.convocations.actions.issuing import post_letters
from elus.convocations.mails import Words
from elus.convocations.manifest import Signature
from elus.convocations.models import Recipient, Version
from elus.kernel import journal
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.meetings.models import Meeting
from elus.organizations.models import Membership, Organization
from elus.register import actions as register

REST = timedelta(hours=24)
"""Nobody is reminded twice in a day unless the agent asks for it."""


def remind(
    meeting_id: uuid.UUID, people: Collection[uuid.UUID], *, by: uuid.UUID, rested: timedelta = REST, at: datetime
) -> list[uuid.UUID]:
    """One letter to those who have not opened, and were not reminded lately; gives whom it goes to."""
    meeting = db.session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .options(joinedload(Meeting.organization).joinedload(Organization.body))
    ).one()
    version = queries.convening(queries.versions(meeting_id))
    if version is None or version.leaves_at > at or meeting.cancelled_at or meeting.starts_at <= at:
        raise Refused("not_now")
    rows = db.session.scalars(
        select(Recipient)
        .where(Recipient.version_id == version.id, Recipient.person_id.in_(list(people)))
        .options(
            joinedload(Recipient.membership).joinedload(Membership.person),
            joinedload(Recipient.membership).joinedload(Membership.post),
        )
        .with_for_update(of=Recipient)
    ).all()
    due = [row for row in rows if row.letter_id and (row.reminded_at is None or row.reminded_at + rested <= at)]
    if not due:
        raise Refused("nobody_to_remind")
    words = Words(
        meeting=meeting,
        points=queries.agenda(meeting_id).points,
        author=Signature(due[0].person_id, version.author_name, version.author_quality),
    )
    letters = post_letters(mails.REMINDER, words, [row.membership for row in due], version, version.fingerprint, at=at)
    db.session.execute(update(Recipient).where(Recipient.id.in_([row.id for row in due])).values(reminded_at=at))
    journal.write("reminded", f"meeting:{meeting_id}", at=at, by=by, recipients=len(letters))
    return list(letters)


def hand_over(
    recipient_id: uuid.UUID, *, on: date, reference: str, today: date, by: uuid.UUID, at: datetime
) -> Recipient:
    """A convocation given on paper, as the agent records it: a further fact, never an overwrite in the register."""
    row = db.session.scalars(
        select(Recipient)
        .where(Recipient.id == recipient_id)
        .options(joinedload(Recipient.version, innerjoin=True).joinedload(Version.convocation, innerjoin=True))
        .with_for_update(of=Recipient)
    ).one()
    if row.version.leaves_at > at:
        raise Refused("not_left")
    if on > today:
        raise Refused("future_day")
    row.handed_on, row.handed_note = on, reference
    commitment, salt = register.commit_to({"reference": reference})
    event = register.record(
        "paper_handed",
        row.version.convocation_id,
        at=at,
        who=row.person_id,
        version=row.version.fingerprint,
        on=on.isoformat(),
        reference=commitment,
    )
    assert event is not None
    register.disclose(event, commitment, salt, {"reference": reference}, person_id=row.person_id, at=at)
    meeting = f"meeting:{row.version.convocation.meeting_id}"
    journal.write("paper_handed", meeting, at=at, by=by, person=str(row.person_id), on=on.isoformat())
    return row


def prints_of(convocation_id: uuid.UUID) -> tuple[dict[uuid.UUID, str], str]:
    """By letter, the fingerprint of the version it carries; and that of the version that convenes, for reminders."""
    found = db.session.scalars(
        select(Version).where(Version.convocation_id == convocation_id).order_by(Version.number)
    ).all()
    prints = {version.id: version.fingerprint for version in found}
    rows = db.session.execute(
        select(Recipient.letter_id, Recipient.version_id).where(
            Recipient.version_id.in_(list(prints)), Recipient.letter_id.is_not(None)
        )
    )
    convening = queries.convening([version for version in found if version.withdrawn_at is None])
    return {letter: prints[version] for letter, version in rows if letter}, prints[(convening or found[-1]).id]
