"""One item of a draft: what it says, and its papers."""

import uuid
from typing import Any

from flask import render_template, url_for

from elus.kernel import clock
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import gate, signed_in, viewer
from elus.meetings import actions
from elus.meetings.access import managed_item
from elus.meetings.dossier.queries import papers_of
from elus.meetings.forms import ItemForm, item_shown
from elus.meetings.models import AgendaItem
from elus.meetings.queries import neighbours
from elus.meetings.views.answers import conflict, done, invalid, refusal_words, wants_json
from elus.meetings.views.blueprint import bp
from elus.organizations.queries import members_on


@bp.route("/secretariat/reunions/<uuid:meeting_id>/points/<uuid:item_id>", methods=["GET", "POST"])
@gate(managed_item)
def item(item: AgendaItem) -> Any:
    """Title, summary, rapporteur, nature and secrecy of an item."""
    meeting_id, item_id = item.meeting_id, item.id
    form = ItemForm(data=item_shown(item, item.meeting.revision))
    if not form.is_submitted():
        return item_page(item, form)
    if not form.validate():
        return invalid(form) if wants_json() else item_page(item, form)
    try:
        with transaction():
            actions.update_item(
                meeting_id,
                item_id,
                form.content(),
                by=signed_in(viewer()).user_id,
                at=clock.now(),
                revision=form.seen,
            )
    except Refused as refused:
        return _declined(meeting_id, item_id, form, refused)
    here = url_for("meetings.item", meeting_id=meeting_id, item_id=item_id, fait="saved")
    return done(here, "saved", _fresh(meeting_id, item_id).meeting.revision)


def item_page(item: AgendaItem, form: ItemForm, refusal: Refused | None = None) -> str:
    """The page of an item, with the form as it was typed."""
    meeting = item.meeting
    before, after, total = neighbours(item)
    return render_template(
        "meetings/item.html",
        meeting=meeting,
        item=item,
        form=form,
        before=before,
        after=after,
        total=total,
        papers=[line for line in papers_of(meeting.id) if line.item_id == item.id and line.withdrawn_at is None],
        members=members_on(meeting.organization_id, meeting.day),
        small_commune=meeting.organization.regime_type == "commune_lt_3500",
        frozen=meeting.published_at is not None or meeting.cancelled_at is not None,
        refusal=refusal,
        at=clock.now(),
    )


def _fresh(meeting_id: uuid.UUID, item_id: uuid.UUID) -> AgendaItem:
    return managed_item(viewer(), meeting_id, item_id)


def _declined(meeting_id: uuid.UUID, item_id: uuid.UUID, form: ItemForm, refused: Refused) -> Any:
    item = _fresh(meeting_id, item_id)
    if refused.code == "changed_meanwhile":
        stored = ItemForm(formdata=None, data=item_shown(item, item.meeting.revision))
        back = url_for("meetings.item", meeting_id=meeting_id, item_id=item_id)
        return conflict(item.meeting, form, stored, back=back)
    if wants_json():
        return {"refused": refusal_words(refused, meeting_id)}, 409
    return item_page(item, form, refused), 409
