"""Mailed links to another password: they die at any sign-in and at any change of password."""

import uuid
from functools import cache

from sqlalchemy import Update, bindparam, update

from elus.identity.models import PasswordReset
from elus.kernel.db import db


def end_reset_links(user_id: uuid.UUID) -> None:
    """Let no link still open serve any more."""
    db.session.connection().execute(_ending(), {"of": user_id})


@cache
def _ending() -> Update:
    """Built once: every sign-in runs it."""
    return (
        update(PasswordReset)
        .where(PasswordReset.user_id == bindparam("of"), PasswordReset.used_at.is_(None))
        .values(expires_at=PasswordReset.created_at)
    )
