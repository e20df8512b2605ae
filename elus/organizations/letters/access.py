"""The door of a PDF of letters."""

import uuid

from flask import abort
from sqlalchemy import select

from elus.kernel.db import one_or_404
from elus.kernel.gate import Viewer, signed_in
from elus.organizations.letters.queries import all_managed
from elus.organizations.models import WelcomeBatch


def own_batch(who: Viewer | None, batch_id: uuid.UUID) -> WelcomeBatch:
    """Gate: letters the viewer asked for, for people whose organizations the viewer still manages today."""
    found = signed_in(who)
    batch = one_or_404(select(WelcomeBatch).where(WelcomeBatch.id == batch_id, WelcomeBatch.asked_by == found.user_id))
    if not all_managed([uuid.UUID(identifier) for identifier in batch.people], found.person_id, found.day):
        abort(404)
    return batch
