"""Mailed links to another password: they die at any sign-in and at any change of password."""

import uuid

from sqlalchemy import update

from elus.identity.models import PasswordReset
from elus.kernel.db import db


def end_reset_links(user_id: uuid.UUID) -> None:
    """Let no link still open serve any more."""
    db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user_id, PasswordReset.used_at.is_(None))
        .values(expires_at=PasswordReset.created_at)
    )
