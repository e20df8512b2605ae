"""Who reads which lines: one condition for the page, the export and the filters."""

import uuid
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, String, and_, literal, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from elus.identity.models import User
from elus.kernel.gate import Viewer, signed_in
from elus.kernel.journal import Action, JournalEntry
from elus.meetings.access import manages
from elus.meetings.models import Meeting
from elus.organizations.access import is_secretary_of
from elus.organizations.models import Membership, Organization

PERSONAL: tuple[Action, ...] = (
    "session_started",
    "session_ended",
    "other_sessions_ended",
    "fresh_proof_given",
    "passkey_renamed",
    "device_renamed",
    "feed_renewed",
    "feed_revoked",
)
"""Comings and goings: the person's own, never the secretariat's; an administrator looks into them after an intrusion."""


class dashed(GenericFunction[str]):  # noqa: N801 — the name of an SQL function
    """SQL: an identifier as text, the way subjects are written."""

    type = String()
    inherit_cache = True


@compiles(dashed)
def _dashed(element: dashed, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS VARCHAR)"


@compiles(dashed, "sqlite")
def _dashed_on_sqlite(element: dashed, compiler: Any, **options: Any) -> str:
    plain = compiler.process(element.clauses, **options)
    cuts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return "(" + " || '-' || ".join(f"substr({plain}, {start}, {length})" for start, length in cuts) + ")"


def subject(kind: str, identifier: Any) -> ColumnElement[str]:
    """SQL: the subject of the lines about something, « meeting:<id> »."""
    found: ColumnElement[str] = literal(f"{kind}:") + dashed(identifier)
    return found


def reader(who: Viewer | None) -> Viewer:
    """Gate: the journal is for administrators and secretariats; hidden from everybody else."""
    found = signed_in(who)
    if not found.staff:
        abort(404)
    return found


def readable(who: Viewer) -> ColumnElement[bool]:
    """SQL: the lines the viewer may read; a secretariat those about the meetings and people it manages, and its own."""
    if who.administrator:
        return true()
    meetings = select(subject("meeting", Meeting.id)).where(manages(who))
    organizations = select(subject("organization", Organization.id)).where(is_secretary_of(who, Organization.id))
    people = (
        select(subject("user", User.id))
        .join(Membership, Membership.person_id == User.person_id)
        .where(is_secretary_of(who, Membership.organization_id), Membership.in_force(who.day))
    )
    return or_(
        JournalEntry.subject.in_(meetings),
        JournalEntry.subject.in_(organizations),
        and_(JournalEntry.subject.in_(people), JournalEntry.action.not_in(PERSONAL)),
        about(who.user_id),
    )


def about(user_id: uuid.UUID) -> ColumnElement[bool]:
    """SQL: what a person did, and what was done about their account."""
    return or_(JournalEntry.user_id == user_id, JournalEntry.subject == f"user:{user_id}")
