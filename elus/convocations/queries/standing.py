"""Where one person stands with one convocation."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from elus.convocations.models import Convocation, Recipient, Version
from elus.kernel.db import db
from elus.register.models import Chain
from elus.register.queries import marks


@dataclass(frozen=True)
class Standing:
    """What a meeting page needs: the version in force for this person, and what they did with it."""

    version: Version
    recipient: Recipient | None  # None: in office, but not when it left
    opened_at: datetime | None  # the first opening of any version
    acknowledged_at: datetime | None  # of this very version


def status(meeting_id: uuid.UUID, person_id: uuid.UUID, *, at: datetime) -> Standing | None:
    """The last version that has left, as one person holds it; two queries. None before anything leaves."""
    row = db.session.execute(
        select(Version, Recipient, Chain)
        .join(Convocation, Version.convocation_id == Convocation.id)
        .outerjoin(Recipient, and_(Recipient.version_id == Version.id, Recipient.person_id == person_id))
        .outerjoin(Chain, Chain.convocation_id == Convocation.id)
        .where(Convocation.meeting_id == meeting_id, Version.withdrawn_at.is_(None), Version.leaves_at <= at)
        .order_by(Version.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    version, recipient, chain = row
    events = marks(chain, person_id, ("convocation_opened", "acknowledged")) if chain else []
    opened = [event.at for event in events if event.type == "convocation_opened"]
    acknowledged = [
        event.at
        for event in events
        if event.type == "acknowledged" and json.loads(event.line).get("version") == version.fingerprint
    ]
    return Standing(version, recipient, opened[0] if opened else None, acknowledged[0] if acknowledged else None)
