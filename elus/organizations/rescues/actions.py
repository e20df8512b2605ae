"""Helping somebody back in: the rules are checked again at each step, inside the transaction that acts."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from elus.identity import actions as identity
from elus.identity import queries as identity_queries
from elus.identity.models import Rescue, User
from elus.identity.origin import Origin
from elus.kernel import clock, journal
from elus.kernel.db import db
from elus.kernel.errors import Refused
from elus.organizations.rescues import mails, queries, rules
from elus.organizations.rescues.rules import Helper, Standing, Target


@dataclass(frozen=True)
class By:
    """Who helps."""

    user_id: uuid.UUID
    person_id: uuid.UUID


def ask(user_id: uuid.UUID, *, reason: str, by: By, at: datetime) -> str | None:
    """Begin to help: the code when one helper is enough, None while a second one is awaited; Refused("not_helper")."""
    target, helper = _parties(user_id, by.person_id, at)
    how = rules.standing(target, helper)
    if how is Standing.NOTHING:
        raise Refused("not_helper")
    rescue = identity.ask_rescue(user_id, reason=reason, by=by.user_id, at=at)
    if how is Standing.ALONE:
        return _issue(rescue, target, None, at)
    journal.write("rescue_asked", f"user:{user_id}", at=at, by=by.user_id)
    return None


def second(user_id: uuid.UUID, *, by: By, at: datetime) -> str:
    """Complete what another helper began: the code, told once.

    Refused("no_longer_open"), ("same_helper"), or ("not_together") when these two may not help this person.
    """
    rescue = db.session.scalars(identity_queries.open_rescue(user_id, at)).first()
    if rescue is None or rescue.code_hash is not None:
        raise Refused("no_longer_open")
    if rescue.asked_by == by.user_id:
        raise Refused("same_helper")
    first = db.session.get_one(User, rescue.asked_by)
    target, helper = _parties(user_id, by.person_id, at)
    _, former = _parties(user_id, first.person_id, at)
    if first.suspended_at is not None or not rules.together(target, former, helper):
        raise Refused("not_together")
    return _issue(rescue, target, by.user_id, at)


def cancel(user_id: uuid.UUID, *, by: By, at: datetime) -> None:
    """Let the help under way serve no more; Refused("no_longer_open") when there is none."""
    target, helper = _parties(user_id, by.person_id, at)
    if rules.standing(target, helper) is Standing.NOTHING:
        raise Refused("not_helper")
    if not identity.cancel_rescues(user_id, by=by.user_id, at=at):
        raise Refused("no_longer_open")


def use(address: str, typed: str, *, origin: Origin, at: datetime) -> str | None:
    """Use a code: the token of the session that sets up new ways in, or None when address and code do not fit."""
    user_id = identity.use_rescue(address, typed, origin=origin, at=at)
    if user_id is None:
        return None
    mails.tell_used(db.session.get_one(User, user_id), origin=origin, at=at)
    return identity.open_rescued(user_id, origin=origin, at=at)


def from_console(user_id: uuid.UUID, *, reason: str, at: datetime) -> str:
    """The code given by whoever holds the server, when no two helpers are left; told to the same people."""
    target, _ = _parties(user_id, uuid.UUID(int=0), at)
    rescue = identity.ask_rescue(user_id, reason=reason, by=None, at=at)
    return _issue(rescue, target, None, at)


def _issue(rescue: Rescue, target: Target, seconded_by: uuid.UUID | None, at: datetime) -> str:
    code = identity.issue_rescue(rescue.id, seconded_by=seconded_by, at=at)
    mails.tell_issued(rescue, target, day=clock.local_day(at), at=at)
    return code


def _parties(user_id: uuid.UUID, helper_id: uuid.UUID, at: datetime) -> tuple[Target, Helper]:
    person_id = db.session.get_one(User, user_id).person_id
    targets, helpers = queries.parties({person_id, helper_id}, clock.local_day(at))
    return targets[person_id], helpers[helper_id]
