"""What would be sent if one published now: the letter and the document, before they are frozen."""

from elus.convocations import mails
from elus.convocations.actions.issuing import signature
from elus.convocations.agenda import enclosed
from elus.convocations.mails import Text, Words
from elus.convocations.manifest import Manifest, Signature, instant, of_agenda, of_meeting, of_verdict
from elus.convocations.models import VersionKind
from elus.convocations.queries import Preparation
from elus.convocations.queries.checking import note_room
from elus.organizations.models import Role


def draft_author(found: Preparation) -> Signature:
    """Who convenes unless somebody else is chosen."""
    return signature(found.signatories[0])


def draft_manifest(found: Preparation) -> Manifest:
    """The manifest as it stands, without recipients."""
    author = draft_author(found) if found.signatories else None
    return {
        "kind": VersionKind.CONVOCATION.value,
        "leaves_at": instant(found.facts.at),
        "meeting": of_meeting(found.meeting),
        "agenda": of_agenda(found.agenda),
        "author": {"name": author.name if author else "", "quality": author.quality if author else ""},
        "verdict": of_verdict(found.verdict),
        "urgency": None,
        "late_reason": None,
    }


def draft_words(found: Preparation) -> Text:
    """The letter as a full member receives it."""
    notes, all_notes = enclosed(found.agenda, note_room(found.members))
    words = Words(
        meeting=found.meeting,
        points=found.agenda.points,
        author=draft_author(found),
        verdict=found.verdict,
        notes=[number for number, _ in notes],
        all_notes=all_notes,
        papers=sum(not point.restricted for point, _, _ in found.agenda.leaving),
    )
    first = found.signatories[0].person
    text = mails.compose(mails.TEMPLATES[VersionKind.CONVOCATION], words, role=Role.FULL, civility=first.civility)
    return text.to(first.formal_name)
