"""Entering through an identity provider, linking its account to one's own after proof of both, unlinking.

A claim never makes an account nor finds one by its address (decision 9): only a link made here opens.
"""

import uuid
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from elus.identity.actions.changes import Acting, factor_changed, insist_on_no_rescue
from elus.identity.actions.sessions import start_session
from elus.identity.challenges import spend_named
from elus.identity.models import ExternalIdentity, Session, User, hash_token
from elus.identity.origin import Origin
from elus.kernel.db import db
from elus.kernel.errors import Refused

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def spend(once: str, *, expires_at: datetime) -> bool:
    """Use something once, a state or what a page carries; False when it has already served."""
    return spend_named(hash_token(once), until=expires_at)


def enter(
    issuer: str,
    subject: str,
    *,
    acr: str,
    amr: tuple[str, ...],
    proven_at: datetime | None,
    origin: Origin,
    at: datetime,
) -> str:
    """A session for the account linked to this subject; Refused("not_linked"), ("not_ready") or ("suspended").

    It is as fresh as the provider says: a session kept open there for a day proves nothing again today.
    """
    found = db.session.execute(
        select(ExternalIdentity.id, User.id, User.activated_at, User.suspended_at)
        .join(User, ExternalIdentity.user_id == User.id)
        .where(ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject)
    ).first()
    if found is None:
        raise Refused("not_linked")
    identity_id, user_id, activated_at, suspended_at = found
    if suspended_at is not None:
        raise Refused("suspended")
    if activated_at is None:
        raise Refused("not_ready")
    db.session.execute(update(ExternalIdentity).where(ExternalIdentity.id == identity_id).values(used_at=at))
    noted = {"acr": acr, "amr": list(amr)}
    token = start_session(user_id, factor="provider", origin=origin, long_lived=False, at=at, noted=noted)
    db.session.flush()
    fresh_at = min(proven_at, at) if proven_at else LONG_AGO
    db.session.execute(update(Session).where(Session.token_hash == hash_token(token)).values(fresh_at=fresh_at))
    return token


def link(issuer: str, subject: str, *, by: Acting, provider: str, at: datetime) -> None:
    """Link a provider's account to one's own; Refused("linked_elsewhere"), ("already_linked") or ("being_rescued")."""
    owner = db.session.scalar(
        select(ExternalIdentity.user_id).where(ExternalIdentity.issuer == issuer, ExternalIdentity.subject == subject)
    )
    if owner is not None:
        raise Refused("already_linked" if owner == by.user_id else "linked_elsewhere")
    db.session.get_one(User, by.user_id, with_for_update=True)
    insist_on_no_rescue(by.user_id, at=at)
    if db.session.scalar(
        select(ExternalIdentity.id).where(ExternalIdentity.issuer == issuer, ExternalIdentity.user_id == by.user_id)
    ):
        raise Refused("already_linked")
    made = ExternalIdentity(id=uuid.uuid4(), user_id=by.user_id, issuer=issuer, subject=subject, linked_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError as taken:  # at the same instant, from another account
        raise Refused("linked_elsewhere") from taken
    factor_changed("provider_linked", by=by, at=at, name=provider)


def unlink(issuer: str, *, by: Acting, provider: str, at: datetime) -> bool:
    """Remove one's own link; False when it is gone. The usual ways in remain: no account lives by a provider alone."""
    gone = db.session.execute(
        delete(ExternalIdentity).where(ExternalIdentity.issuer == issuer, ExternalIdentity.user_id == by.user_id)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
        return False
    factor_changed("provider_unlinked", by=by, at=at, name=provider)
    return True
