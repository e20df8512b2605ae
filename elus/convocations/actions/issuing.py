"""Making one version: manifest, recipients, letters and register entries, all in the caller's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from elus.convocations import mails
from elus.convocations.agenda import Agenda, enclosed
from elus.convocations.changes import Change
from elus.convocations.mails import Text, Words
from elus.convocations.manifest import (
    NO_GROUNDS,
    Grounds,
    Manifest,
    Signature,
    documents,
    instant,
    of_agenda,
    of_meeting,
    of_recipients,
    of_verdict,
    pushed,
)
from elus.convocations.models import Convocation, Recipient, Version, VersionKind, fingerprint
from elus.convocations.queries.checking import note_room
from elus.kernel import outbox
from elus.kernel.db import db
from elus.kernel.gate import Viewer
from elus.kernel.outbox import Letter, LetterState
from elus.law.delays import Verdict
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership
from elus.register import actions as register
from elus.register.actions import Entry


@dataclass(frozen=True)
class Issue:
    """Everything one version says, before it is frozen."""

    kind: VersionKind
    meeting: Meeting
    agenda: Agenda
    members: Sequence[Membership]
    author: Signature
    verdict: Verdict
    by: Viewer
    at: datetime
    leaves_at: datetime
    grounds: Grounds = NO_GROUNDS
    changes: Sequence[Change] = ()
    reason: str = ""
    told: Sequence[Manifest] | None = None  # the agenda and papers people already hold, when this version tells none


def issue(act: Issue) -> Version:
    """Freeze what is sent and to whom, and write a letter to each person convened by mail (CGCT L2121-10)."""
    convocation = _convocation(act.meeting.id)
    number = _next_number(convocation.id)
    notes, all_notes = _notes(act)
    names = register.pseudonyms(
        convocation.id, {row.person_id for row in act.members} | {act.author.person_id, act.by.person_id}
    )
    manifest = _manifest(act, number, names)
    manifest["pushed"] = pushed(notes)
    version = _version(act, convocation.id, number, manifest)
    db.session.add(version)
    db.session.flush()
    print_ = fingerprint(manifest)
    _register_publication(act, version, manifest, print_, names)
    words = Words(
        meeting=act.meeting,
        points=act.agenda.points,
        author=act.author,
        verdict=act.verdict,
        grounds=act.grounds,
        changes=act.changes,
        notes=[number for number, _ in notes],
        all_notes=all_notes,
        papers=sum(not point.restricted for point, _, _ in act.agenda.leaving),
        reason=act.reason,
        replaces=act.kind is VersionKind.CONVOCATION and bool(act.changes),
    )
    letters = post_letters(mails.TEMPLATES[act.kind], words, act.members, version, print_, at=act.at)
    for row in act.members:
        db.session.add(_recipient(row, version.id, letters.get(row.person_id)))
    db.session.flush()
    return version


def post_letters(
    name: str, words: Words, members: Sequence[Membership], version: Version, print_: str, *, at: datetime
) -> dict[uuid.UUID, Letter]:
    """One letter per person convened by mail, by person; each is rendered once per role and civility, then named."""
    settings = mails.settings_in_force()
    held = name != mails.REMINDER and version.sealed
    texts: dict[tuple[Any, str], Text] = {}
    letters: dict[uuid.UUID, Letter] = {}
    for row in members:
        person = row.person
        if row.channel is not Channel.ELECTRONIC or not person.email:
            continue
        key = (row.role, person.civility)
        if key not in texts:
            texts[key] = mails.compose(name, words, role=row.role, civility=person.civility)
        text = texts[key].to(person.formal_name)
        letters[row.person_id] = outbox.post(
            purpose=f"convocation_{name}",
            recipient=person.email,
            recipient_name=person.name,
            sender_name=words.sender,
            subject=text.subject[:300],
            text=text.text,
            html=text.html,
            domain=settings.mail_domain,
            reply_to=settings.mail_reply_to,
            at=at,
            due_at=version.leaves_at if held else at,
            about_id=version.convocation_id,
            person_id=row.person_id,
            state=LetterState.HELD if held else LetterState.QUEUED,
        )
    db.session.flush()
    _register_letters(version.convocation_id, list(letters.values()), print_, at=at)
    return letters


def _register_letters(convocation_id: uuid.UUID, letters: Sequence[Letter], print_: str, *, at: datetime) -> None:
    sealed = {letter.id: register.commit_to({"address": letter.recipient}) for letter in letters}
    entries = [
        Entry(
            "mail_queued",
            letter.person_id,
            None,
            {
                "version": print_,
                "message": message_hash(letter),
                "address": sealed[letter.id][0],
                "purpose": letter.purpose,
            },
        )
        for letter in letters
    ]
    events = register.record_many(convocation_id, entries, at=at)
    for event, letter in zip(events, letters, strict=True):
        commitment, salt = sealed[letter.id]
        payload = {"address": letter.recipient}
        register.disclose(event, commitment, salt, payload, person_id=letter.person_id, at=at)


def message_hash(letter: Letter) -> str:
    """What the register names a letter by: SHA-256 of its Message-ID, which never changes."""
    return fingerprint({"message_id": letter.message_id})


def _convocation(meeting_id: uuid.UUID) -> Convocation:
    found = db.session.scalars(select(Convocation).where(Convocation.meeting_id == meeting_id)).first()
    if found is None:
        found = Convocation(id=uuid.uuid4(), meeting_id=meeting_id)
        db.session.add(found)
        db.session.flush()
    return found


def _next_number(convocation_id: uuid.UUID) -> int:
    last = db.session.scalar(select(func.max(Version.number)).where(Version.convocation_id == convocation_id))
    return (last or 0) + 1


def _notes(act: Issue) -> tuple[list[Any], bool]:
    if act.kind is not VersionKind.CONVOCATION:
        return [], True
    return enclosed(act.agenda, note_room(act.members))


def _manifest(act: Issue, number: int, names: dict[uuid.UUID, str]) -> Manifest:
    people = [(names[row.person_id], row.role.value, row.channel.value) for row in act.members]
    return {
        "v": 1,
        "number": number,
        "kind": act.kind.value,
        "leaves_at": instant(act.leaves_at),
        "meeting": of_meeting(act.meeting),
        "agenda": of_agenda(act.agenda) if act.told is None else list(act.told),
        "author": {"name": act.author.name, "quality": act.author.quality},
        "operator": names[act.by.person_id],
        "verdict": of_verdict(act.verdict),
        "urgency": act.grounds.urgency,
        "late_reason": act.grounds.late_reason,
        "reason": act.reason,
        "recipients": of_recipients(people),
    }


def _version(act: Issue, convocation_id: uuid.UUID, number: int, manifest: Manifest) -> Version:
    return Version(
        id=uuid.uuid4(),
        convocation_id=convocation_id,
        number=number,
        kind=act.kind,
        created_at=act.at,
        leaves_at=act.leaves_at,
        operator_id=act.by.user_id,
        author_name=act.author.name,
        author_quality=act.author.quality,
        regime=act.verdict.regime.name,
        latest_day=act.verdict.latest,
        forecast=manifest["verdict"],
        urgency=act.grounds.urgency,
        late_reason=act.grounds.late_reason,
        manifest=manifest,
    )


def _register_publication(
    act: Issue, version: Version, manifest: Manifest, print_: str, names: dict[uuid.UUID, str]
) -> None:
    register.record(
        "convocation_published",
        version.convocation_id,
        at=act.at,
        version=version.number,
        kind=version.kind.value,
        leaves=instant(version.leaves_at),
        manifest=print_,
        docs=documents(manifest),
        recipients=fingerprint({"recipients": manifest["recipients"]}),
        regime=version.regime,
        lawful=act.verdict.ok,
        author=names[act.author.person_id],
        operator=names[act.by.person_id],
    )


def _recipient(row: Membership, version_id: uuid.UUID, letter: Letter | None) -> Recipient:
    electronic = row.channel is Channel.ELECTRONIC
    return Recipient(
        id=uuid.uuid4(),
        version_id=version_id,
        person_id=row.person_id,
        membership_id=row.id,
        role=row.role,
        channel=row.channel,
        address=row.person.email if electronic else row.person.address,
        letter_id=letter.id if letter else None,
    )


def supersede(version: Version, before: Version, *, at: datetime) -> None:
    """Say in the register which version takes the place of which."""
    register.record("superseded", version.convocation_id, at=at, version=before.fingerprint, by=version.fingerprint)


def signature(membership: Membership, *, replacement: str = "") -> Signature:
    """First name, surname and quality of whoever convenes."""
    found = Signature(membership.person_id, membership.person.name, membership.post.label if membership.post else "")
    return replace(found, quality=", ".join(part for part in (found.quality, replacement) if part))
