"""Gates: a stranger is led to the sign-in page, others see or do not see."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from elus.kernel.errors import SignInFirst
from elus.kernel.gate import Viewer, administrator, anyone, gate, insist_on_gates, member
from tests.conftest import AT

SOMEBODY = Viewer(
    user_id=uuid.UUID(int=1),
    person_id=uuid.UUID(int=2),
    session_id=uuid.UUID(int=3),
    name="Camille Fictive",
    at=AT,
    day=date(2026, 10, 5),
)


def test_a_public_page_asks_nothing_of_anybody() -> None:
    assert anyone(None) is None


def test_a_members_page_asks_a_stranger_to_sign_in() -> None:
    with pytest.raises(SignInFirst):
        member(None)
    assert member(SOMEBODY) is SOMEBODY


def test_a_settings_page_hides_from_who_is_no_administrator() -> None:
    with pytest.raises(SignInFirst):
        administrator(None)
    with pytest.raises(NotFound):
        administrator(SOMEBODY)
    admin = replace(SOMEBODY, administrator=True)
    assert administrator(admin) is admin


def test_the_view_receives_what_the_check_gives(app: Flask) -> None:
    def check(_viewer: Viewer | None, *, number: int) -> str:
        return f"thing {number}"

    @gate(check)
    def view(thing: str) -> str:
        """A page."""
        return thing

    with app.test_request_context("/"):
        assert view(number=7) == "thing 7"
    assert view.__doc__ == "A page."
    assert vars(view)["gate"] is check


def test_a_static_folder_without_gate_does_not_start(tmp_path: Any) -> None:
    with pytest.raises(RuntimeError, match="static"):
        insist_on_gates(Flask("bare", static_folder=str(tmp_path)))
