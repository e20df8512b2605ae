"""A field too many in a form changes nothing: what a form may set is what it shows."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.kernel.db import db
from tests.house.doors import build
from tests.house.test_doors import WRITING, SignIn

EXTRA = {
    "id": "00000000-0000-0000-0000-000000000001",
    "user_id": "00000000-0000-0000-0000-000000000001",
    "person_id": "00000000-0000-0000-0000-000000000001",
    "organization_id": "00000000-0000-0000-0000-000000000001",
    "role": "secretary",
    "administrator": "1",
    "administrator_since": "2020-01-01T00:00:00+00:00",
    "is_admin": "true",
    "activated_at": "2020-01-01T00:00:00+00:00",
    "suspended_at": "",
    "starts_on": "2000-01-01",
    "ends_on": "2099-01-01",
    "long_lived": "1",
    "expires_at": "2099-01-01T00:00:00+00:00",
    "fresh_at": "2099-01-01T00:00:00+00:00",
    "factor": "passkey",
}
ROWS = ("membership", "organization", "body", "legislative_term", "post")
COLUMNS = {
    "user_account": ("id", "person_id", "administrator_since"),
    "session": ("id", "user_id", "long_lived", "expires_at", "factor", "proven_at"),
}


def _rights() -> dict[str, Any]:
    """What says who may do what."""
    db.session.rollback()
    tables = db.metadata.tables
    kept = {name: set(map(repr, db.session.execute(select(tables[name])))) for name in ROWS}
    for name, columns in COLUMNS.items():
        kept[name] = set(map(repr, db.session.execute(select(*(tables[name].c[column] for column in columns)))))
    db.session.rollback()
    return kept


@pytest.mark.asvs("V8.2.3")
def test_fields_nobody_showed_set_nothing(app: Flask, sign_in: SignIn) -> None:
    world = build(app, sign_in, "published")
    before = _rights()
    for door in WRITING:
        for who in door.opens["published"]:
            options = door.options()
            if not isinstance(options.get("data", {}), dict):
                continue  # a raw part of a file
            world.ask(
                who, door.method, world.url(door.path), **{**options, "data": {**EXTRA, **options.get("data", {})}}
            )
    after = _rights()
    for name, rows in before.items():
        assert rows <= after[name], f"{name} changed"
    assert after["membership"] == before["membership"]
    assert after["user_account"] == before["user_account"]
