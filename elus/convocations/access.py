"""Who follows a convocation, and who reads it."""

import uuid

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from elus.convocations.models import Convocation, Recipient, Version
from elus.kernel.blobs import Blob
from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, signed_in
from elus.meetings.access import managed, manages, visible
from elus.meetings.models import Meeting


def managed_recipient(who: Viewer | None, meeting_id: uuid.UUID, recipient_id: uuid.UUID) -> Recipient:
    """Gate: one person of a convocation the viewer's secretariat published."""
    meetings = managed(signed_in(who)).where(Meeting.id == meeting_id).with_only_columns(Meeting.id)
    return one_or_404(
        select(Recipient)
        .join(Version, Recipient.version_id == Version.id)
        .join(Convocation, Version.convocation_id == Convocation.id)
        .where(Recipient.id == recipient_id, Convocation.meeting_id.in_(meetings))
        .options(joinedload(Recipient.person))
    )


def sealed_convocation(who: Viewer | None, meeting_id: uuid.UUID) -> Blob:
    """Gate: the last sealed convocation of a meeting the viewer sees; members once it has left."""
    found = signed_in(who)
    meetings = (
        visible(found)
        .where(Meeting.id == meeting_id, or_(Meeting.published(found.at), manages(found)))
        .with_only_columns(Meeting.id)
    )
    return one_or_404(
        select(Blob)
        .join(Version, Version.pdf_id == Blob.id)
        .join(Convocation, Version.convocation_id == Convocation.id)
        .where(Convocation.meeting_id.in_(meetings), Version.withdrawn_at.is_(None), Version.leaves_at <= found.at)
        .order_by(Version.number.desc())
    )
