"""Bodies, what meets in them, people and their dated memberships (Popolo and OParl names)."""

import enum
import uuid
from datetime import date

from sqlalchemy import JSON, ColumnElement, Enum, ForeignKey, and_, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from elus.kernel.db import Code, Id, Instant, Line, Model


class OrganizationKind(enum.StrEnum):
    """What kind of organization meets."""

    ASSEMBLY = "assembly"
    BUREAU = "bureau"
    COMMITTEE = "committee"
    MAYORS_CONFERENCE = "mayors_conference"
    TENDER_COMMITTEE = "tender_committee"
    ADVISORY = "advisory"


class Role(enum.StrEnum):
    """What a person is in an organization."""

    FULL = "full"  # « titulaire »
    SUBSTITUTE = "substitute"  # « suppléant »
    SECRETARY = "secretary"  # « secrétariat des assemblées »
    INFORMED = "informed"  # municipal councillor informed by the EPCI (CGCT L5211-40-2)
    GUEST = "guest"


class Channel(enum.StrEnum):
    """How a member is convened (CGCT L2121-10)."""

    ELECTRONIC = "electronic"
    PAPER_HOME = "paper_home"
    PAPER_OTHER = "paper_other"


class Body(Model):
    """A local authority (« collectivité »): legal person with its SIREN."""

    __tablename__ = "body"

    id: Mapped[Id]
    name: Mapped[Line]
    body_type: Mapped[Code]  # a law.regimes.BodyType
    siren: Mapped[Code] = mapped_column(unique=True)
    insee: Mapped[Code | None]
    population: Mapped[int]  # municipal, at the last general renewal, frozen for the term (CGCT R2151-4)
    zone: Mapped[Code] = mapped_column(default="Europe/Paris")
    address: Mapped[Line]
    group_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("body.id"), index=True
    )  # the EPCI a commune belongs to
    helper_name: Mapped[Line | None]  # the human helper shown on every page
    helper_phone: Mapped[Line | None]
    helper_hours: Mapped[Line | None]


class LegislativeTerm(Model):
    """From one general renewal to the next (« mandature »)."""

    __tablename__ = "legislative_term"

    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("body.id"), index=True)
    name: Mapped[Line]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class Organization(Model):
    """What meets: council, bureau, committee."""

    __tablename__ = "organization"

    id: Mapped[Id]
    body_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("body.id"), index=True)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[OrganizationKind] = mapped_column(Enum(OrganizationKind, native_enum=False, length=24))
    name: Mapped[Line]
    regime_type: Mapped[Code]  # a law.regimes.BodyType: the texts that govern its convocations
    own_rules: Mapped[Code | None]  # a law.regimes name taken from its standing orders
    seats: Mapped[int | None]
    public_sittings: Mapped[bool] = mapped_column(default=False)
    usual_place: Mapped[Line]
    usual_hour: Mapped[Code] = mapped_column(default="18:30")
    default_minutes: Mapped[int] = mapped_column(default=150)

    body: Mapped[Body] = relationship()


class Person(Model):
    """A human being, once, whatever the number of memberships."""

    __tablename__ = "person"

    id: Mapped[Id]
    civility: Mapped[Code]  # « Mme » or « M. », for courtesy and parity rules only
    first_name: Mapped[Line]
    last_name: Mapped[Line]
    email: Mapped[Line | None]
    phone: Mapped[Line | None]
    address: Mapped[Line | None]
    commune_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("body.id"))

    commune: Mapped[Body | None] = relationship()

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def formal_name(self) -> str:
        return f"{self.civility} {self.first_name} {self.last_name}"


class Post(Model):
    """A function in an organization (« maire », « président », « adjoint »), with its protocol rank."""

    __tablename__ = "post"

    id: Mapped[Id]
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    label: Mapped[Line]
    rank: Mapped[int]
    convenes: Mapped[bool] = mapped_column(default=False)  # the mayor or president, who convenes (CGCT L2121-10)


class Membership(Model):
    """One person in one organization for a dated time; rights follow it, never the person."""

    __tablename__ = "membership"

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("legislative_term.id"), index=True)
    role: Mapped[Role] = mapped_column(Enum(Role, native_enum=False, length=16))
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("post.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]  # last day in office
    table_order: Mapped[int | None]  # « ordre du tableau » (CGCT L2121-1)
    on_behalf_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("body.id"))  # commune represented
    substitute_for_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("membership.id"))
    channel: Mapped[Channel] = mapped_column(Enum(Channel, native_enum=False, length=16), default=Channel.ELECTRONIC)
    channel_since: Mapped[date | None]

    person: Mapped[Person] = relationship()
    organization: Mapped[Organization] = relationship()
    post: Mapped[Post | None] = relationship()
    on_behalf_of: Mapped[Body | None] = relationship()

    @classmethod
    def in_force(cls, on: date) -> ColumnElement[bool]:
        """SQL: the membership counts on that civil day."""
        return and_(cls.starts_on <= on, or_(cls.ends_on.is_(None), cls.ends_on >= on))


class WelcomeBatch(Model):
    """Printed letters of invitation asked for together: one PDF the worker makes, read once, then destroyed."""

    __tablename__ = "welcome_batch"

    id: Mapped[Id]
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))  # None: from the console
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[Instant]
    people: Mapped[list[str]] = mapped_column(JSON)  # identifiers of persons
    ready_at: Mapped[Instant | None]
    failed: Mapped[Code | None]  # why there is no PDF
    blob_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("blob.id"))
    letters: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[Instant]
