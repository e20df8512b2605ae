"""What a person does with their convocation: open it, acknowledge it."""

import hashlib
import uuid
from datetime import datetime

from elus.convocations import queries
from elus.kernel.errors import Refused
from elus.kernel.gate import Viewer
from elus.register import actions as register
from elus.register.models import Event


def opened(meeting_id: uuid.UUID, *, by: Viewer, factor: str | None, at: datetime) -> Event | None:
    """The page reached this session, once per session and version; a POST, so that no scanner makes it."""
    version = _in_force(meeting_id, by, at)
    return register.record(
        "convocation_opened",
        version.version.convocation_id,
        at=at,
        who=by.person_id,
        once=_key("opened", version.version.fingerprint, by.session_id),
        version=version.version.fingerprint,
        session=by.session_hash,
        factor=factor,
    )


def acknowledge(meeting_id: uuid.UUID, sentence: str, *, by: Viewer, at: datetime) -> Event | None:
    """A deliberate act, once per version; the register keeps the hash of the sentence that was shown."""
    version = _in_force(meeting_id, by, at)
    return register.record(
        "acknowledged",
        version.version.convocation_id,
        at=at,
        who=by.person_id,
        once=_key("acknowledged", version.version.fingerprint, by.person_id),
        version=version.version.fingerprint,
        level="simple",
        sentence=hashlib.sha256(sentence.encode()).hexdigest(),
        session=by.session_hash,
    )


def _in_force(meeting_id: uuid.UUID, by: Viewer, at: datetime) -> queries.Standing:
    found = queries.status(meeting_id, by.person_id, at=at)
    if found is None:
        raise Refused("not_left")
    return found


def _key(act: str, version: str, who: uuid.UUID) -> str:
    return hashlib.sha256(f"{act}|{version}|{who}".encode()).hexdigest()
