"""What a convocation will say and to whom: agenda, papers, people, in a fixed number of queries."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from elus.convocations.agenda import Agenda, Copy, Piece, Point
from elus.identity.models import User
from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.meetings.models import AgendaItem, Consultation
from elus.organizations.models import Membership, Role
from elus.organizations.queries import members_on
from elus.papers.models import File, Paper


def agenda(meeting_id: uuid.UUID) -> Agenda:
    """The agenda of a meeting with every version of every paper; two queries."""
    items = db.session.scalars(
        select(AgendaItem)
        .where(AgendaItem.meeting_id == meeting_id, AgendaItem.withdrawn_at.is_(None))
        .order_by(AgendaItem.position, AgendaItem.id)
    ).all()
    pieces = _pieces(meeting_id)
    known = {item.id for item in items}
    return Agenda(
        points=tuple(_point(number, item, pieces.get(item.id, [])) for number, item in enumerate(items, 1)),
        unfiled=tuple(piece for item_id, found in pieces.items() if item_id not in known for piece in found),
    )


def _point(number: int, item: AgendaItem, pieces: Iterable[Piece]) -> Point:
    return Point(
        number=number,
        item_id=item.id,
        title=item.title,
        kind=item.kind,
        summary=item.summary,
        rapporteur=item.rapporteur,
        visibility=item.visibility,
        closed_session_planned=item.closed_session_planned,
        sensitive=item.sensitive,
        icpe=item.icpe,
        pieces=tuple(pieces),
    )


def _pieces(meeting_id: uuid.UUID) -> dict[uuid.UUID | None, list[Piece]]:
    rows = db.session.execute(
        select(Consultation.item_id, Paper, File, Blob.sha256)
        .join(Paper, Consultation.paper_id == Paper.id)
        .outerjoin(File, File.paper_id == Paper.id)
        .outerjoin(Blob, File.blob_id == Blob.id)
        .where(Consultation.meeting_id == meeting_id, Paper.withdrawn_at.is_(None))
        .order_by(Consultation.position, Consultation.id, File.version)
    )
    papers: dict[uuid.UUID, tuple[uuid.UUID | None, Paper, list[Copy]]] = {}
    for item_id, paper, file, sha256 in rows:
        copies = papers.setdefault(paper.id, (item_id, paper, []))[2]
        if file is not None:
            copies.append(_copy(file, sha256))
    found: dict[uuid.UUID | None, list[Piece]] = {}
    for item_id, paper, copies in papers.values():
        piece = Piece(paper.id, paper.title, paper.kind, paper.ready_at is not None, tuple(copies))
        found.setdefault(item_id, []).append(piece)
    return found


def _copy(file: File, sha256: Any) -> Copy:
    return Copy(
        file_id=file.id,
        version=file.version,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        pages=file.pages,
        state=file.state,
        refusal=file.refusal,
        facts=file.facts or {},
        blob_id=file.blob_id,
        sha256=sha256,
    )


def convened(organization_id: uuid.UUID, day: date) -> list[Membership]:
    """Those to convene: everybody in office that day, substitutes included, once each (CGCT L2121-10, L5211-6)."""
    found: dict[uuid.UUID, Membership] = {}
    for membership in members_on(organization_id, day):
        found.setdefault(membership.person_id, membership)
    return list(found.values())


def signatories(members: Iterable[Membership]) -> list[Membership]:
    """Who may convene, in the order of the law: mayor or president, then deputies by rank, then by the table (CGCT L2122-17)."""

    def order(membership: Membership) -> tuple[bool, bool, int, int]:
        post = membership.post
        return (
            not (post and post.convenes),
            post is None,
            post.rank if post else 0,
            membership.table_order if membership.table_order is not None else 10_000,
        )

    return sorted((row for row in members if row.role is Role.FULL), key=order)


def with_account(people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those whose two factors are set up."""
    found = select(User.person_id).where(User.activated_at.is_not(None), User.person_id.in_(list(people)))
    return set(db.session.scalars(found))
