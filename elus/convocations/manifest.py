"""The frozen content of a version: what its fingerprint covers, what its PDF shows (pure)."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from elus.convocations.agenda import Agenda, Copy, Piece
from elus.law.delays import Verdict
from elus.meetings.models import Meeting

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Signature:
    """Who convenes and signs: first name, surname, quality (CGCT L2121-10; CRPA L212-1)."""

    person_id: uuid.UUID
    name: str
    quality: str


@dataclass(frozen=True)
class Grounds:
    """Why the delay is shortened or missed, in the words of whoever convenes."""

    urgency: str | None = None
    late_reason: str | None = None


NO_GROUNDS = Grounds()


def instant(at: datetime) -> str:
    """An instant as text: UTC, ISO 8601."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def of_meeting(meeting: Meeting) -> Manifest:
    """The facts of the meeting; its organization and body are loaded."""
    organization = meeting.organization
    return {
        "id": str(meeting.id),
        "title": meeting.title,
        "starts_at": instant(meeting.starts_at),
        "day": meeting.day.isoformat(),
        "place": meeting.place,
        "organization": organization.name,
        "regime_type": organization.regime_type,
        "body": organization.body.name,
        "siren": organization.body.siren,
        "address": organization.body.address,
        "zone": organization.body.zone,
        "reconvenes": meeting.reconvenes_id is not None,
        "installation": meeting.installation,
        "public": organization.public_sittings,
    }


def of_agenda(agenda: Agenda) -> list[Manifest]:
    """Every point with the papers that leave, each with its SHA-256."""
    return [
        {
            "number": point.number,
            "id": str(point.item_id),
            "title": point.title,
            "kind": point.kind.value,
            "rapporteur": point.rapporteur,
            "visibility": point.visibility.value,
            "closed_session_planned": point.closed_session_planned,
            "papers": [_paper(piece, piece.leaving) for piece in point.pieces if piece.leaving],
        }
        for point in agenda.points
    ]


def _paper(piece: Piece, copy: Copy) -> Manifest:
    return {
        "id": str(piece.paper_id),
        "title": piece.title,
        "kind": piece.kind.value,
        "file": str(copy.file_id),
        "version": copy.version,
        "name": copy.name,
        "size": copy.size,
        "pages": copy.pages,
        "sha256": copy.sha256,
    }


def of_verdict(verdict: Verdict) -> Manifest:
    """What the law was found to say before publishing."""
    return {
        "regime": verdict.regime.name,
        "label": verdict.regime.label,
        "article": verdict.regime.article,
        "sent": verdict.sent.isoformat(),
        "sits": verdict.sits.isoformat(),
        "ok": verdict.ok,
        "urgent": verdict.urgent,
        "latest": verdict.latest.isoformat() if verdict.latest else None,
        "recommended": verdict.recommended.isoformat() if verdict.recommended else None,
        "required": verdict.required,
        "clear": verdict.clear,
        "days": [day.isoformat() for day in verdict.days],
        "strongest": verdict.strongest,
    }


def of_recipients(people: Iterable[tuple[str, str, str]]) -> list[Manifest]:
    """Pseudonym, role and channel of each person, in an order that tells nothing."""
    return [{"who": who, "role": role, "channel": channel} for who, role, channel in sorted(people)]


def documents(manifest: Mapping[str, Any]) -> list[str]:
    """The SHA-256 of every paper of a version, in the order of its agenda."""
    return [paper["sha256"] for point in manifest["agenda"] for paper in point["papers"]]


def pushed(points: Iterable[tuple[int, Copy]]) -> list[Manifest]:
    """The explanatory notes enclosed with the letters."""
    return [
        {"number": number, "blob": str(copy.blob_id), "type": copy.media_type or "application/pdf", "name": copy.name}
        for number, copy in points
    ]
