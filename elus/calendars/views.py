"""The feed calendars subscribe to, one meeting to put by hand, and the page that explains both."""

from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import http_date, is_resource_modified

from elus.calendars import actions, events, ical, queries
from elus.calendars.addresses import Portal, feed_url, portal, subscribe_url
from elus.calendars.clients import client_name
from elus.calendars.models import Feed
from elus.kernel import clock, journal
from elus.kernel.db import transaction
from elus.kernel.gate import Viewer, gate, member
from elus.kernel.raw import Raw
from elus.meetings.access import visible_meeting
from elus.meetings.models import Meeting

bp = Blueprint("calendars", __name__)

ICAL = "text/calendar; charset=utf-8"
KEPT = 128
SILENT_AFTER = timedelta(days=7)


def feed_holder(_viewer: Viewer | None, token: str) -> Feed:
    """Gate: the secret in the address is the key; plain text refusals, which leave a subscribed calendar as it is."""
    found = queries.feed_of(token)
    if found is None:
        abort(Response("Adresse inconnue.\n", 404, mimetype="text/plain"))
    if found.revoked_at is not None:
        abort(Response("Cette adresse ne sert plus.\n", 410, mimetype="text/plain"))
    return found


class Told:
    """A calendar: what stands for its bytes, and the bytes once somebody needs them."""

    def __init__(self, meetings: tuple[events.Entry, ...], here: Portal) -> None:
        self._heading = events.heading(meetings)
        self._meetings = tuple(events.facts(meeting, here, _link) for meeting in meetings)
        self.etag = ical.fingerprint(self._heading, self._meetings)

    @cached_property
    def body(self) -> bytes:
        """The calendar itself."""
        return ical.feed(self._heading, self._meetings)


@lru_cache(maxsize=KEPT)
def _told(rows: Raw, here: Portal) -> Told:
    """Kept by content, not by name: other rows are another key, nothing has to be invalidated."""
    return Told(queries.entries(rows), here)


@bp.get("/agenda/<token>.ics")
@gate(feed_holder)
def feed(holder: Feed) -> Response:
    """One person's meetings, for calendars: validated before anything is generated (RFC 9110 §13)."""
    at = clock.now()
    told = _told(queries.meetings_of(holder.person_id, at), portal())
    etag = told.etag
    changed_at = actions.last_modified(holder, at=at, etag=etag)
    if actions.must_note(holder, at=at, etag=etag):
        _note(holder, at, etag, changed_at)
    if is_resource_modified(request.environ, etag=f'"{etag}"', last_modified=changed_at):
        response = Response(told.body, content_type=ICAL)
        response.headers["Content-Disposition"] = 'inline; filename="seances.ics"'
    else:
        response = Response(status=304)
    response.headers["ETag"] = f'"{etag}"'
    response.headers["Last-Modified"] = http_date(changed_at)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _note(holder: Feed, at: datetime, etag: str, changed_at: datetime) -> None:
    """A visit that cannot be written down is still served."""
    feed_id, client = holder.id, request.headers.get("User-Agent", "")
    try:
        with transaction():
            actions.note_fetch(feed_id, at=at, client=client, etag=etag, changed_at=changed_at)
    except SQLAlchemyError:
        current_app.logger.warning("visit of feed %s not noted", feed_id, exc_info=True)


def _link(meeting_id: Any) -> str:
    return url_for("meetings.show", meeting_id=meeting_id)


@bp.get("/reunions/<uuid:meeting_id>/seance.ics")
@gate(visible_meeting)
def single(meeting: Meeting) -> Response:
    """One meeting as a file, with a reminder on the eve."""
    body = ical.single(events.facts(events.Entry.of(meeting, clock.now()), portal(), _link))
    response = Response(body, content_type=ICAL)
    response.headers["Content-Disposition"] = f'attachment; filename="seance-{meeting.day:%Y-%m-%d}.ics"'
    return response


@bp.get("/compte/agenda")
@gate(member)
def mine(viewer: Viewer) -> str:
    """My calendar address: what it gives, how to subscribe, who came to read it."""
    found = queries.current_feed(viewer.person_id)
    token = queries.token_of(found) if found else ""
    return render_template(
        "calendars/mine.html",
        feed=found,
        address=feed_url(token) if found else None,
        subscribe=subscribe_url(token) if found else None,
        client=client_name(found.client) if found else None,
        silent=found is not None and viewer.at - (found.fetched_at or found.created_at) > SILENT_AFTER,
    )


@bp.post("/compte/agenda/adresse")
@gate(member)
def renew(viewer: Viewer) -> Any:
    """A first address, or a new one in place of the old."""
    with transaction():
        actions.create_feed(viewer.person_id, viewer.at)
        journal.write("feed_renewed", f"user:{viewer.user_id}", at=viewer.at, by=viewer.user_id)
    return redirect(url_for("calendars.mine"), code=303)


@bp.post("/compte/agenda/arreter")
@gate(member)
def revoke(viewer: Viewer) -> Any:
    """No address any more."""
    with transaction():
        actions.revoke(viewer.person_id, viewer.at)
        journal.write("feed_revoked", f"user:{viewer.user_id}", at=viewer.at, by=viewer.user_id)
    return redirect(url_for("calendars.mine"), code=303)
