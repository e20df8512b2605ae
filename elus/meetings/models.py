"""Sittings, their agenda, and the papers each item shows."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Enum, ForeignKey, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elus.kernel.db import Id, Instant, Line, Model, Prose
from elus.organizations.models import LegislativeTerm, Organization
from elus.papers.models import Paper


class ItemKind(enum.StrEnum):
    """What is asked of the assembly."""

    DELIBERATION = "deliberation"
    INFORMATION = "information"
    ELECTION = "election"
    BUDGET = "budget"
    MINUTES = "minutes"
    URGENCY = "urgency"
    QUESTIONS = "questions"


class Visibility(enum.StrEnum):
    """Who reads an item's papers (classes of the right to information)."""

    PUBLIC = "public"
    MEMBERS = "members"
    COPY = "copy"
    RESTRICTED = "restricted"


class Meeting(Model):
    """One sitting (« séance ») of one organization; members see it once announced or published."""

    __tablename__ = "meeting"

    id: Mapped[Id]
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("legislative_term.id"), index=True)
    title: Mapped[Line]
    starts_at: Mapped[Instant] = mapped_column(index=True)
    day: Mapped[date]  # local day: the law counts in days of the place
    ends_at: Mapped[Instant | None]
    place: Mapped[Line]
    reconvenes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("meeting.id"))  # held again for want of quorum
    installation: Mapped[bool] = mapped_column(default=False)  # first sitting after a general renewal (CGCT L2121-7)
    announced_at: Mapped[Instant | None]
    published_at: Mapped[Instant | None]  # when the convocation leaves; not yet while in the future
    cancelled_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]  # LAST-MODIFIED of calendars
    sequence: Mapped[int] = mapped_column(default=0)  # SEQUENCE of calendars, never backwards (RFC 5545 §3.8.7.4)
    revision: Mapped[int] = mapped_column(default=1)  # moves at each change by an agent: two at once is a 409
    facts_revision: Mapped[int] = mapped_column(default=1)  # its value when title, time or place last changed
    agenda_revision: Mapped[int] = mapped_column(default=1)  # its value when items last came, went or moved

    organization: Mapped[Organization] = relationship()
    term: Mapped[LegislativeTerm] = relationship()
    items: Mapped[list["AgendaItem"]] = relationship(
        back_populates="meeting", order_by="AgendaItem.position", lazy="raise_on_sql"
    )

    @classmethod
    def published(cls, at: datetime) -> ColumnElement[bool]:
        """SQL: its convocation has left."""
        return and_(cls.published_at.is_not(None), cls.published_at <= at)


class AgendaItem(Model):
    """One item of the agenda (« point »)."""

    __tablename__ = "agenda_item"

    id: Mapped[Id]
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    position: Mapped[int]
    title: Mapped[Line]  # neutral when the item is sensitive: it stands alike in convocation, mail and calendar
    summary: Mapped[Prose] = mapped_column(default="")
    rapporteur: Mapped[Line] = mapped_column(default="")
    kind: Mapped[ItemKind] = mapped_column(Enum(ItemKind, native_enum=False, length=16), default=ItemKind.DELIBERATION)
    visibility: Mapped[Visibility] = mapped_column(
        Enum(Visibility, native_enum=False, length=16), default=Visibility.MEMBERS
    )
    closed_session_planned: Mapped[bool] = mapped_column(default=False)  # « huis clos envisagé »: closing is a vote
    sensitive: Mapped[bool] = mapped_column(default=False)  # its notes stay in the portal
    icpe: Mapped[bool] = mapped_column(default=False)  # classified installation (CGCT L2121-12)
    withdrawn_at: Mapped[Instant | None]
    revision: Mapped[int] = mapped_column(default=1)  # the meeting's revision when this item last changed

    meeting: Mapped[Meeting] = relationship(back_populates="items")
    consultations: Mapped[list["Consultation"]] = relationship(
        back_populates="item", order_by="Consultation.position", lazy="raise_on_sql"
    )


class RemovedItem(Model):
    """An item taken off a draft, kept until the next change of the agenda so that « Annuler » gives it back."""

    __tablename__ = "removed_item"

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    item_id: Mapped[uuid.UUID]
    position: Mapped[int]
    title: Mapped[Line]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # the other columns of the item
    consultations: Mapped[list[str]] = mapped_column(JSON)  # the papers it showed, now « À ranger »


class Consultation(Model):
    """A paper examined at a meeting, under an item, or waiting « À ranger » without one."""

    __tablename__ = "consultation"

    id: Mapped[Id]
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meeting.id"), index=True)
    item_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agenda_item.id"), index=True)
    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("paper.id"), index=True)
    position: Mapped[int] = mapped_column(default=1)

    item: Mapped[AgendaItem | None] = relationship(back_populates="consultations")
    paper: Mapped[Paper] = relationship()
