"""What the secretariat does to the papers of a meeting; what members have seen is only replaced or withdrawn, never erased."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update

from elus.kernel import journal
from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.kernel.text import one_line
from elus.meetings.dossier.queries import was_shown
from elus.meetings.models import AgendaItem, Consultation, Meeting
from elus.papers import actions as papers
from elus.papers.filing import Filing, read_name, stored_name
from elus.papers.models import NOT_YET, File, FileState, Paper, PaperKind


@dataclass(frozen=True)
class Offer:
    """A file an agent wants to add: what is announced before its bytes."""

    name: str
    size: int
    resume_key: str | None = None
    item_id: uuid.UUID | None = None
    kind: PaperKind | None = None


def add(meeting_id: uuid.UUID, offer: Offer, *, by: uuid.UUID, at: datetime) -> File:
    """A new paper whose file is on its way, filed where its name says or where the agent is, else « À ranger »."""
    meeting = _open(meeting_id)
    filing = read_name(offer.name)
    kind = offer.kind or filing.kind
    paper = papers.create_paper(filing.title, kind, at=at)
    item_id = _item_in(meeting, offer.item_id) if offer.item_id else _numbered(meeting, filing)
    db.session.flush()
    consultation = Consultation(id=uuid.uuid4(), meeting_id=meeting.id, paper_id=paper.id)
    _place(consultation, item_id, (papers_rank(kind), filing.annex or 0))
    db.session.add(consultation)
    file = _received(meeting, paper.id, offer, by=by, at=at)
    journal.write("file_added", f"meeting:{meeting.id}", at=at, by=by, file=str(file.id), paper=str(paper.id))
    return file


def replace(consultation_id: uuid.UUID, offer: Offer, *, by: uuid.UUID, at: datetime) -> File:
    """A new version of a paper is on its way; the old one is kept, and stays what is read until the new one is ready."""
    consultation, meeting = _consultation(consultation_id)
    busy = select(File.id).where(
        File.paper_id == consultation.paper_id, File.state.in_([FileState.RECEIVING, FileState.CHECKING])
    )
    if db.session.scalars(busy).first():
        raise Refused("version_on_its_way")
    file = _received(meeting, consultation.paper_id, offer, by=by, at=at)
    journal.write("file_replaced", f"meeting:{meeting.id}", at=at, by=by, file=str(file.id))
    return file


def arrived(file_id: uuid.UUID, blob: Blob) -> None:
    """A file that came in one piece: its bytes are kept and wait for the check."""
    papers.attach(file_id, blob)
    db.session.get_one(File, file_id).state = FileState.CHECKING


def cancel(file_id: uuid.UUID, *, at: datetime) -> list[str]:
    """Give up a version nobody was shown, and its paper if it has no other; gives the storage keys to forget once committed."""
    file = db.session.get_one(File, file_id)
    consultation = db.session.scalars(
        select(Consultation).where(Consultation.paper_id == file.paper_id).with_for_update()
    ).one()
    meeting = db.session.get_one(Meeting, consultation.meeting_id)
    if file.state is FileState.READY and meeting.published_at and file.withheld_until is None:
        raise Refused("published")
    paper_id = file.paper_id
    keys = papers.drop_file(file_id)
    if not db.session.scalar(select(func.count()).select_from(File).where(File.paper_id == paper_id)):
        db.session.execute(delete(Consultation).where(Consultation.paper_id == paper_id))
        db.session.execute(delete(Paper).where(Paper.id == paper_id))
    return keys


def file_under(consultation_id: uuid.UUID, item_id: uuid.UUID | None, *, at: datetime) -> None:
    """Put a paper under an item, at the place its kind and number give it; under none, it waits « À ranger »."""
    consultation, meeting = _unseen(consultation_id, at)
    paper = db.session.get_one(Paper, consultation.paper_id)
    name = db.session.scalar(select(File.name).where(File.paper_id == paper.id).order_by(File.version).limit(1))
    found = _item_in(meeting, item_id) if item_id else None
    _place(consultation, found, (papers_rank(paper.kind), read_name(name or "").annex or 0))


def describe(consultation_id: uuid.UUID, *, title: str, kind: PaperKind, at: datetime, was: str | None = None) -> None:
    """Rename a paper and say what it is; refuse when a colleague renamed it after `was` was read."""
    consultation, _ = _unseen(consultation_id, at)
    paper = db.session.get_one(Paper, consultation.paper_id)
    if was is not None and one_line(was) != paper.title:
        raise Refused("changed_meanwhile", theirs=paper.title, yours=title)
    title = one_line(title, 300)
    if not title:
        raise Refused("untitled")
    paper.title, paper.kind = title, kind


def move(consultation_id: uuid.UUID, position: int, *, at: datetime) -> int:
    """Place a paper among those of its item, counted from 1; gives the position it took."""
    consultation, _ = _unseen(consultation_id, at)
    siblings = _siblings(consultation.item_id, without=consultation.id)
    siblings.insert(max(0, min(position - 1, len(siblings))), consultation)
    for number, sibling in enumerate(siblings, 1):
        sibling.position = number
    return consultation.position


def remove(consultation_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> list[str]:
    """Erase a paper no member has seen; gives the storage keys to forget once committed."""
    consultation, meeting = _unseen(consultation_id, at)
    paper_id = consultation.paper_id
    keys = []
    for file_id in db.session.scalars(select(File.id).where(File.paper_id == paper_id)).all():
        keys += papers.drop_file(file_id)
    db.session.execute(delete(Consultation).where(Consultation.id == consultation.id))
    db.session.execute(delete(Paper).where(Paper.id == paper_id))
    journal.write("paper_removed", f"meeting:{meeting.id}", at=at, by=by, paper=str(paper_id))
    return keys


def withdraw(consultation_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """Take back a paper members may have seen: they no longer open it, its versions are kept."""
    consultation, meeting = _consultation(consultation_id)
    db.session.get_one(Paper, consultation.paper_id).withdrawn_at = at
    journal.write("paper_withdrawn", f"meeting:{meeting.id}", at=at, by=by, paper=str(consultation.paper_id))


def mark_ready(meeting_id: uuid.UUID, paper_ids: list[uuid.UUID] | None = None, *, by: uuid.UUID, at: datetime) -> int:
    """« Prêt »: these papers, or all those of the meeting, whose file was accepted and that are filed; how many."""
    _open(meeting_id)
    mine = select(Consultation.paper_id).where(Consultation.meeting_id == meeting_id, Consultation.item_id.is_not(None))
    accepted = select(File.paper_id).where(File.state == FileState.READY)
    marking = update(Paper).where(Paper.id.in_(mine), Paper.id.in_(accepted), Paper.ready_at.is_(None))
    if paper_ids is not None:
        marking = marking.where(Paper.id.in_(paper_ids))
    marked = len(db.session.execute(marking.values(ready_at=at).returning(Paper.id)).all())
    if marked:
        journal.write("papers_ready", f"meeting:{meeting_id}", at=at, by=by, papers=marked)
    return marked


def mark_unready(consultation_id: uuid.UUID, *, by: uuid.UUID, at: datetime) -> None:
    """A paper no member has seen is still being worked on."""
    consultation, meeting = _unseen(consultation_id, at)
    db.session.get_one(Paper, consultation.paper_id).ready_at = None
    journal.write("paper_unready", f"meeting:{meeting.id}", at=at, by=by, paper=str(consultation.paper_id))


def release(meeting_id: uuid.UUID, *, leaves_at: datetime) -> int:
    """A change is published: from then on members see the new versions that were withheld; how many."""
    return _withhold(meeting_id, File.withheld_until == NOT_YET, leaves_at)


def withhold(meeting_id: uuid.UUID, *, leaves_at: datetime) -> int:
    """A change is taken back in time: its versions are withheld again; how many."""
    return _withhold(meeting_id, File.withheld_until == leaves_at, NOT_YET)


def papers_rank(kind: PaperKind) -> int:
    """The place of a kind among the papers of an item."""
    return Filing(title="", kind=kind).rank[0]


def _withhold(meeting_id: uuid.UUID, which: object, until: datetime) -> int:
    mine = select(Consultation.paper_id).where(Consultation.meeting_id == meeting_id)
    changed = db.session.execute(
        update(File).where(File.paper_id.in_(mine), which).values(withheld_until=until).returning(File.id)  # type: ignore[arg-type]
    )
    return len(changed.all())


def _received(meeting: Meeting, paper_id: uuid.UUID, offer: Offer, *, by: uuid.UUID, at: datetime) -> File:
    return papers.receive(
        paper_id,
        name=stored_name(offer.name),
        size=offer.size,
        by=by,
        at=at,
        resume_key=offer.resume_key,
        withheld_until=NOT_YET if meeting.published_at else None,
    )


def _open(meeting_id: uuid.UUID) -> Meeting:
    meeting = db.session.scalars(select(Meeting).where(Meeting.id == meeting_id).with_for_update()).one()
    if meeting.cancelled_at:
        raise Refused("cancelled")
    return meeting


def _consultation(consultation_id: uuid.UUID) -> tuple[Consultation, Meeting]:
    consultation = db.session.scalars(
        select(Consultation).where(Consultation.id == consultation_id).with_for_update()
    ).first()
    if consultation is None:
        raise Refused("paper_gone")
    return consultation, _open(consultation.meeting_id)


def _unseen(consultation_id: uuid.UUID, at: datetime) -> tuple[Consultation, Meeting]:
    consultation, meeting = _consultation(consultation_id)
    if was_shown(consultation, meeting, at):
        raise Refused("published")
    return consultation, meeting


def _item_in(meeting: Meeting, item_id: uuid.UUID) -> uuid.UUID:
    found = db.session.scalar(
        select(AgendaItem.id).where(AgendaItem.id == item_id, AgendaItem.meeting_id == meeting.id)
    )
    if found is None:
        raise Refused("item_gone")
    return found


def _numbered(meeting: Meeting, filing: Filing) -> uuid.UUID | None:
    """The item whose number the name tells with certainty."""
    if not filing.certain or filing.item is None:
        return None
    return db.session.scalar(
        select(AgendaItem.id).where(AgendaItem.meeting_id == meeting.id, AgendaItem.position == filing.item)
    )


def _siblings(item_id: uuid.UUID | None, *, without: uuid.UUID) -> list[Consultation]:
    if item_id is None:
        return []
    return list(
        db.session.scalars(
            select(Consultation)
            .where(Consultation.item_id == item_id, Consultation.id != without)
            .order_by(Consultation.position, Consultation.id)
        )
    )


def _first_names(paper_ids: list[uuid.UUID]) -> Select[uuid.UUID, str]:
    """The name of the first version of each paper, last in order: it is the one that was filed."""
    return select(File.paper_id, File.name).where(File.paper_id.in_(paper_ids)).order_by(File.version.desc())


def _place(consultation: Consultation, item_id: uuid.UUID | None, rank: tuple[int, int]) -> None:
    """After the papers of its item that come before or with it: files sent in any order end up in theirs."""
    consultation.item_id = item_id
    consultation.position = 1
    siblings = _siblings(item_id, without=consultation.id)
    if not siblings:
        return
    ids = [sibling.paper_id for sibling in siblings]
    kinds = {row.id: row.kind for row in db.session.execute(select(Paper.id, Paper.kind).where(Paper.id.in_(ids)))}
    names = {row.paper_id: row.name for row in db.session.execute(_first_names(ids))}
    before = 0
    for number, sibling in enumerate(siblings, 1):
        theirs = papers_rank(kinds[sibling.paper_id]), read_name(names.get(sibling.paper_id, "")).annex or 0
        if theirs <= rank:
            before = number
    siblings.insert(before, consultation)
    for number, sibling in enumerate(siblings, 1):
        sibling.position = number
