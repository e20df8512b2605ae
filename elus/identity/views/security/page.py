"""The page: how the account stands, its ways in, where it is open, what happened lately."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from elus.admin.journal.lines import Mark
from elus.admin.journal.queries import PAGE, lines_about
from elus.identity import queries
from elus.identity.models import Device, Session, is_live
from elus.identity.origin import beginning
from elus.identity.policy import Standing, is_over
from elus.identity.views import passkeys
from elus.identity.views.blueprint import bp, origin
from elus.identity.views.security import own
from elus.kernel import clock
from elus.kernel.db import db
from elus.kernel.gate import Viewer, fresh_proof, gate, member

LINES = 8


@dataclass(frozen=True)
class Spot:
    """A device from which somebody entered, and the sessions open there now, the last used first."""

    device: Device | None
    sessions: tuple[Session, ...]
    here: bool

    @property
    def last(self) -> Session:
        return self.sessions[0]

    @property
    def name(self) -> str:
        """What its owner calls it, else what it is."""
        return (self.device.name if self.device else None) or self.last.client


@bp.get("/compte/securite")
@gate(member)
def security(who: Viewer) -> Any:
    """State, ways in, devices, recent sign-ins, what changed."""
    sessions = db.session.scalars(queries.recent_sessions(who.user_id, who.at)).all()
    spots = open_spots([session for session in sessions if is_open(session, who)], who.session_id)
    taken = {spot.device.id for spot in spots if spot.device}
    known = db.session.scalars(queries.known_devices(who.user_id))
    return render_template(
        "identity/security.html",
        who=who,
        held=own.held(who),
        spots=spots,
        others=[device for device in known if device.id not in taken],
        entries=sorted(sessions, key=lambda session: session.opened_at, reverse=True),
        lines=lines_about(who.user_id, limit=LINES),
        shown=LINES,
        network=origin().network,
        beginning=beginning,
        open=is_open,
        local_day=clock.local_day,
    )


@bp.get("/compte/securite/journal")
@gate(member)
def own_journal(who: Viewer) -> Any:
    """The lines of the journal about oneself, the last ones first, fifty a page."""
    before = Mark.read(request.args.get("avant", ""))
    lines = lines_about(who.user_id, limit=PAGE + 1, before=before)
    return render_template(
        "identity/journal.html",
        lines=lines[:PAGE],
        older=str(lines[PAGE - 1].mark) if len(lines) > PAGE else None,
        first=before is None,
    )


@bp.get("/compte/securite/connexion-inconnue")
@gate(member)
def stranger(who: Viewer) -> Any:
    """What to do about a sign-in one does not recognise."""
    return render_template("identity/stranger.html", held=own.held(who))


@bp.get("/compte/securite/ajouter")
@gate(member)
@fresh_proof
def add_way(who: Viewer) -> Any:
    """The ways in one may add."""
    return render_template("identity/add_way.html", held=own.held(who), options=passkeys.adding(who.user_id))


def is_open(session: Session, who: Viewer) -> bool:
    """Whether one of the viewer's sessions still opens the portal: neither ended, nor too long, nor left alone too long."""
    standing = Standing.of(administrator=who.administrator, secretary=who.secretary)
    span = {"opened_at": session.opened_at, "seen_at": session.seen_at, "at": who.at}
    return is_live(session, who.at) and not is_over(standing, session.long_lived, **span)


def open_spots(sessions: Iterable[Session], here: uuid.UUID) -> list[Spot]:
    """Where one is signed in: this device first, then by last use; sessions of one device together."""
    groups: dict[uuid.UUID, list[Session]] = {}
    for session in sorted(sessions, key=lambda session: session.seen_at, reverse=True):
        groups.setdefault(session.device_id or session.id, []).append(session)
    spots = [
        Spot(group[0].device, tuple(group), any(session.id == here for session in group)) for group in groups.values()
    ]
    return sorted(spots, key=lambda spot: not spot.here)
