"""The human helper shown on every page, read at most once a minute."""

import time
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from elus.kernel.db import db
from elus.organizations.models import Body

KEPT = 60.0  # seconds


@dataclass(frozen=True)
class Helper:
    """Whom to call, and when."""

    name: str
    phone: str
    hours: str


_kept: list[tuple[float, Helper | None]] = []


def helper() -> Helper | None:
    """The helper of the authority that runs this portal; None before one is named."""
    if not _kept or time.monotonic() - _kept[0][0] > KEPT:
        row = db.session.execute(
            select(Body.helper_name, Body.helper_phone, Body.helper_hours)
            .where(Body.helper_name.is_not(None))
            .order_by(Body.group_id.is_not(None), Body.name)
            .limit(1)
        ).first()
        _kept[:] = [(time.monotonic(), Helper(row[0] or "", row[1] or "", row[2] or "") if row else None)]
    return _kept[0][1]


def forget() -> None:
    """Read the helper again at the next page."""
    _kept.clear()


def install(app: Flask) -> None:
    """Give every page its helper."""
    app.jinja_env.globals["helper"] = helper
