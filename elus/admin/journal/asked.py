"""What one looks for in the journal: a person, a kind of act, a meeting, dates."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select

from elus.admin.journal.access import subject
from elus.identity.models import User
from elus.kernel.clock import LEGAL_ZONE
from elus.kernel.journal import Action, JournalEntry
from elus.meetings.models import Meeting
from elus.organizations.models import Person

FAMILIES: dict[str, tuple[Action, ...]] = {
    "alarmes": (
        "blob_damaged",
        "storage_full",
        "mail_down",
        "sealing_failed",
        "passkey_cloned",
        "sign_in_storm",
        "alarm_seen",
    ),
    "connexions": (
        "session_started",
        "session_ended",
        "other_sessions_ended",
        "sessions_ended_by_administrator",
        "sign_in_refused",
        "fresh_proof_given",
        "recovery_code_used",
    ),
    "moyens": (
        "password_changed",
        "password_reset_asked",
        "password_reset",
        "code_changed",
        "recovery_codes_renewed",
        "passkey_added",
        "passkey_removed",
        "passkey_renamed",
        "passkey_cloned",
        "device_renamed",
        "device_lost",
        "provider_linked",
        "provider_unlinked",
    ),
    "secours": ("rescue_asked", "rescue_issued", "rescue_used", "rescue_cancelled", "unlocked", "device_lost"),
    "comptes": ("invited", "letters_printed", "account_activated", "suspended", "resumed"),
    "preparation": (
        "meeting_created",
        "meeting_changed",
        "meeting_announced",
        "announcement_withdrawn",
        "agenda_added",
        "agenda_moved",
        "agenda_removed",
        "agenda_restored",
        "item_changed",
    ),
    "documents": (
        "file_added",
        "file_replaced",
        "papers_ready",
        "paper_unready",
        "paper_removed",
        "paper_withdrawn",
    ),
    "convocations": (
        "convocation_published",
        "convocation_withdrawn",
        "convocation_moved",
        "papers_told",
        "meeting_cancelled",
        "reminded",
        "paper_handed",
        "paper_letters_made",
    ),
    "exports": ("tracking_exported", "journal_exported"),
    "agenda": ("feed_renewed", "feed_revoked"),
    "portail": ("mail_up", "scrubbed", "journal_pruned"),
}
"""Acts one looks for together, by the word of the address; the page names them."""


@dataclass(frozen=True)
class Asked:
    """What one looks for; everything is optional."""

    name: str = ""
    family: str = ""
    meeting_id: uuid.UUID | None = None
    sits_on: date | None = None
    since: date | None = None
    until: date | None = None


def conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """SQL: all that one asked for, to be met together."""
    found: list[ColumnElement[bool]] = []
    if words := asked.name.split():
        people = select(User.id).join(Person, User.person_id == Person.id).where(*map(_is_called, words))
        accounts = people.with_only_columns(subject("user", User.id))
        found.append(or_(JournalEntry.user_id.in_(people), JournalEntry.subject.in_(accounts)))
    if asked.family:
        found.append(JournalEntry.action.in_(FAMILIES[asked.family]))
    if asked.meeting_id:
        found.append(JournalEntry.subject == f"meeting:{asked.meeting_id}")
    if asked.sits_on:
        sitting = select(subject("meeting", Meeting.id)).where(Meeting.day == asked.sits_on)
        found.append(JournalEntry.subject.in_(sitting))
    if asked.since:
        found.append(JournalEntry.at >= _midnight(asked.since))
    if asked.until:
        found.append(JournalEntry.at < _midnight(asked.until + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(LEGAL_ZONE))


def _is_called(word: str) -> ColumnElement[bool]:
    like = f"%{word.replace('%', '').replace('_', '')}%"
    return or_(Person.last_name.ilike(like), Person.first_name.ilike(like))
