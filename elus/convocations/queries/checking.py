"""Everything the check and the recap look at, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from elus.config import Settings
from elus.convocations import departure
from elus.convocations.agenda import Agenda, enclosed
from elus.convocations.check import Addressee, Facts, Finding, check
from elus.convocations.queries.dossier import agenda as agenda_of
from elus.convocations.queries.dossier import convened, signatories, with_account
from elus.kernel import clock
from elus.kernel.outbox import can_send, measured_rate
from elus.law import delays, notes, regimes
from elus.law.delays import Verdict
from elus.meetings.models import ItemKind, Meeting
from elus.organizations.models import Channel, Membership

PUSH_LIMIT, PUSH_LIMIT_MANY, MANY = 8_000_000, 2_000_000, 100
PDF_ROOM = 300_000
"""What the convocation itself may weigh in the mail; it is made after the notes are chosen."""


@dataclass(frozen=True)
class Preparation:
    """A draft, what it would send, to whom, and what the check finds."""

    meeting: Meeting
    agenda: Agenda
    members: Sequence[Membership]
    facts: Facts
    findings: Sequence[Finding]

    @property
    def verdict(self) -> Verdict:
        return self.facts.verdict

    @property
    def by_mail(self) -> int:
        return sum(who.electronic for who in self.facts.addressees)

    @property
    def on_paper(self) -> int:
        return len(self.facts.addressees) - self.by_mail

    @property
    def signatories(self) -> list[Membership]:
        return signatories(self.members)


def preparation(meeting: Meeting, *, settings: Settings, at: datetime) -> Preparation:
    """What would leave if one published now; the meeting's organization and body are loaded. Five queries."""
    agenda = agenda_of(meeting.id)
    zone = meeting.organization.body.zone
    plain = verdict_of(meeting, agenda, at=at)
    leaves = departure.leaves_at(at, latest=plain.latest, zone=zone)
    members = convened(meeting.organization_id, clock.local_day(leaves, zone))
    known = with_account(row.person_id for row in members)
    people = tuple(_addressee(row, row.person_id in known) for row in members)
    letters = sum(who.electronic for who in people)
    octets = PDF_ROOM + sum(copy.size for _, copy in enclosed(agenda, note_room(members))[0])
    chief = next((row for row in members if row.post and row.post.convenes), None)
    facts = Facts(
        at=at,
        starts_at=meeting.starts_at,
        place=meeting.place,
        verdict=verdict_of(meeting, agenda, at=leaves),
        closes_at=departure.end_of(plain.latest, zone) if plain.latest else None,
        agenda=agenda,
        addressees=people,
        author=f"{chief.person.name}, {chief.post.label}" if chief and chief.post else None,
        notes_for=_notes_for(meeting, agenda),
        budget=_budget(meeting, agenda, leaves),
        cancelled=meeting.cancelled_at is not None,
        can_send=can_send(settings),
        ends_sending_at=departure.last_letter_at(leaves, letters=letters, octets=octets, rate=measured_rate()),
        midnight=departure.end_of(clock.local_day(leaves, zone), zone),
    )
    return Preparation(meeting, agenda, members, facts, check(facts))


def verdict_of(meeting: Meeting, agenda: Agenda, *, at: datetime, urgent: bool = False) -> Verdict:
    """What the law says of a convocation that leaves at an instant, in the civil days of the place."""
    organization = meeting.organization
    regime = regimes.for_meeting(
        organization.regime_type,
        icpe=agenda.icpe,
        reconvenes=meeting.reconvenes_id is not None,
        installation=meeting.installation,
        urgent=urgent,
        own_rules=organization.own_rules,
    )
    return delays.verdict(regime, sent=clock.local_day(at, organization.body.zone), sits=meeting.day, urgent=urgent)


def note_room(members: Sequence[Membership]) -> int:
    """How many bytes of notes a letter may carry, less when there are many letters."""
    by_mail = sum(row.channel is Channel.ELECTRONIC for row in members)
    return (PUSH_LIMIT_MANY if by_mail > MANY else PUSH_LIMIT) - PDF_ROOM


def _addressee(row: Membership, has_account: bool) -> Addressee:
    person = row.person
    address = person.email if row.channel is Channel.ELECTRONIC else person.address
    return Addressee(person.name, row.role, row.channel, address or None, has_account)


def _notes_for(meeting: Meeting, agenda: Agenda) -> frozenset[int]:
    organization = meeting.organization
    return frozenset(
        point.number
        for point in agenda.points
        if notes.note_required(
            organization.regime_type, point.voted, icpe=agenda.icpe, population=organization.body.population
        )
    )


def _budget(meeting: Meeting, agenda: Agenda, leaves: datetime) -> Verdict | None:
    if not any(point.kind is ItemKind.BUDGET for point in agenda.points):
        return None
    sent = clock.local_day(leaves, meeting.organization.body.zone)
    return delays.budget_verdict(sent=sent, sits=meeting.day)
