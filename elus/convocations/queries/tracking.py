"""What became of each letter and what each person did, for the tracking page; the same number of queries at any size."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select

from elus.convocations.models import Recipient
from elus.kernel.db import db
from elus.kernel.outbox import Letter, LetterState
from elus.organizations.models import Body, Channel, Membership, Person, Post, Role
from elus.register.queries import firsts

GONE = frozenset({LetterState.ACCEPTED, LetterState.WRITTEN})


class Line(NamedTuple):
    """One person of one version."""

    recipient_id: uuid.UUID
    person_id: uuid.UUID
    civility: str
    first_name: str
    last_name: str
    phone: str | None
    commune: str | None
    post: str | None
    role: Role
    channel: Channel
    address: str | None
    handed_on: date | None
    handed_note: str | None
    reminded_at: datetime | None
    state: LetterState | None
    sent_at: datetime | None
    reply_code: int | None
    enhanced_code: str | None
    reply_text: str | None

    @property
    def name(self) -> str:
        return f"{self.civility} {self.first_name} {self.last_name}"

    @property
    def to_print(self) -> bool:
        """Convened on paper, by choice or for want of an address."""
        return self.channel is not Channel.ELECTRONIC or not self.address

    @property
    def gone(self) -> bool:
        return self.state in GONE

    @property
    def refused(self) -> bool:
        return self.state is LetterState.REFUSED

    @property
    def reason(self) -> str:
        """Why the mail server refused, as a code the page has words for (RFC 3463)."""
        return reason(self.enhanced_code, self.reply_code)


def reason(enhanced: str | None, code: int | None) -> str:
    """The kind of a refusal from its enhanced status code (RFC 3463), else from the reply code (RFC 5321)."""
    detail = (enhanced or "").partition(".")[2]
    if detail in {"2.2", "2.3"} or code == 552:
        return "too_big" if detail == "2.3" else "mailbox_full"
    if detail in {"1.1", "1.3", "1.6", "2.1"} or (not detail and code in {550, 551, 553}):
        return "no_such_address"
    if detail in {"1.2", "4.1", "4.4", "4.6"}:
        return "no_such_domain"
    if detail == "3.4":
        return "too_big"
    if detail.startswith("7"):
        return "policy"
    return "other"


@dataclass(frozen=True)
class Following:
    """The people of one version with what the register tells of each."""

    lines: Sequence[Line]
    marks: Mapping[uuid.UUID, Mapping[str, datetime]]

    def at(self, line: Line, event: str) -> datetime | None:
        """The first instant of a type of event for one person."""
        return self.marks.get(line.person_id, {}).get(event)

    @property
    def letters(self) -> list[Line]:
        return [line for line in self.lines if line.state is not None]

    @property
    def sent(self) -> list[Line]:
        return [line for line in self.lines if line.gone]

    @property
    def only_written(self) -> bool:
        """Whether a demonstration wrote everything to its outbox: nothing was sent."""
        return any(line.gone for line in self.lines) and all(
            line.state is LetterState.WRITTEN for line in self.lines if line.gone
        )

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.refused]

    @property
    def waiting(self) -> list[Line]:
        return [line for line in self.letters if not line.gone and not line.refused]

    @property
    def opened(self) -> list[Line]:
        return [line for line in self.lines if self.at(line, "convocation_opened")]

    @property
    def dossiers(self) -> list[Line]:
        return [line for line in self.lines if self.at(line, "document_served")]

    @property
    def to_print(self) -> list[Line]:
        return [line for line in self.lines if line.to_print]

    @property
    def to_hand_over(self) -> list[Line]:
        return [line for line in self.to_print if line.handed_on is None]

    @property
    def to_remind(self) -> list[Line]:
        """Written to, not known to have opened; an address that refuses is to be called instead."""
        return [line for line in self.letters if not line.refused and not self.at(line, "convocation_opened")]

    @property
    def last_sent_at(self) -> datetime | None:
        """The sending that counts for all: the latest among members."""
        return max((line.sent_at for line in self.sent if line.sent_at), default=None)


def following(convocation_id: uuid.UUID, version_id: uuid.UUID) -> Following:
    """One version followed: three queries."""
    rows = db.session.execute(
        select(
            Recipient.id,
            Recipient.person_id,
            Person.civility,
            Person.first_name,
            Person.last_name,
            Person.phone,
            Body.name,
            Post.label,
            Recipient.role,
            Recipient.channel,
            Recipient.address,
            Recipient.handed_on,
            Recipient.handed_note,
            Recipient.reminded_at,
            Letter.state,
            Letter.sent_at,
            Letter.reply_code,
            Letter.enhanced_code,
            Letter.reply_text,
        )
        .join(Person, Recipient.person_id == Person.id)
        .join(Membership, Recipient.membership_id == Membership.id)
        .outerjoin(Post, Membership.post_id == Post.id)
        .outerjoin(Body, Membership.on_behalf_of_id == Body.id)
        .outerjoin(Letter, Recipient.letter_id == Letter.id)
        .where(Recipient.version_id == version_id)
        .order_by(Person.last_name, Person.first_name, Recipient.id)
    )
    lines = [Line._make(row) for row in rows]
    return Following(lines, firsts(convocation_id, [line.person_id for line in lines]))
