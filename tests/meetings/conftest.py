"""The secretary of a council and the draft she prepares."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from elus.kernel.db import db
from elus.meetings.actions import Facts
from elus.meetings.models import AgendaItem, Meeting
from elus.organizations.models import Organization, Person
from tests import factories as make

BY = uuid.UUID(int=7)


@pytest.fixture
def council(app: Flask) -> Organization:
    return make.organization()


@pytest.fixture
def secretary(council: Organization) -> Person:
    return make.secretary(council)


@pytest.fixture
def draft(council: Organization) -> Meeting:
    """Five items, in fourteen days."""
    return make.draft(council, titles=("Un", "Deux", "Trois", "Quatre", "Cinq"))


@pytest.fixture
def agenda() -> Callable[[uuid.UUID], list[str]]:
    """The titles of a meeting in order; fails unless positions are 1 to n."""

    def read(meeting_id: uuid.UUID) -> list[str]:
        db.session.rollback()
        items = db.session.scalars(
            select(AgendaItem).where(AgendaItem.meeting_id == meeting_id).order_by(AgendaItem.position)
        ).all()
        assert [item.position for item in items] == list(range(1, len(items) + 1))
        return [item.title for item in items]

    return read


def facts(**other: object) -> Facts:
    given = {
        "title": "Conseil communautaire",
        "starts_at": datetime(2026, 12, 16, 17, 30, tzinfo=UTC),
        "ends_at": None,
        "place": "Salle des fêtes, 79200 Parthenay",
    }
    return Facts(**{**given, **other})  # type: ignore[arg-type]
