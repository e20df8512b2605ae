"""Which papers one may handle: those of the meetings one prepares."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, signed_in
from elus.meetings.access import manages
from elus.meetings.models import Consultation, Meeting
from elus.papers.models import File, Paper


def managed_paper(who: Viewer | None, meeting_id: uuid.UUID, paper_id: uuid.UUID) -> Consultation:
    """Gate: a paper of a meeting the viewer prepares."""
    return one_or_404(
        select(Consultation)
        .join(Meeting, Consultation.meeting_id == Meeting.id)
        .where(Meeting.id == meeting_id, Consultation.paper_id == paper_id, manages(signed_in(who)))
        .options(joinedload(Consultation.paper))
    )


def managed_file(who: Viewer | None, meeting_id: uuid.UUID, file_id: uuid.UUID, number: int = 1) -> File:
    """Gate: a version of a paper of a meeting the viewer prepares, or one of its parts."""
    return one_or_404(
        select(File)
        .join(Paper, File.paper_id == Paper.id)
        .join(Consultation, Consultation.paper_id == Paper.id)
        .join(Meeting, Consultation.meeting_id == Meeting.id)
        .where(Meeting.id == meeting_id, File.id == file_id, manages(signed_in(who)))
    )
