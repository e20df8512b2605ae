"""My account: who I am here, and where I am signed in."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from elus.identity.models import Session
from elus.kernel.db import db
from tests import factories as make
from tests.conftest import Browser


def test_my_account_says_my_name_my_address_and_my_assemblies(sign_in: Callable[..., Browser], app: Flask) -> None:
    somebody = make.member(make.organization("Commission eau"))
    page = sign_in(somebody).get("/compte").text
    assert somebody.name in page
    assert str(somebody.email) in page
    assert "Commission eau" in page
    assert "/deconnexion" in page


def test_signing_out_needs_a_press(sign_in: Callable[..., Browser], app: Flask) -> None:
    browser = sign_in(make.member())
    assert browser.get("/deconnexion").status_code == 405
    assert browser.open("/deconnexion", method="POST").status_code == 400
    db.session.rollback()
    assert db.session.scalars(select(Session.ended_at)).all() == [None]


def test_my_account_costs_the_same_with_ten_assemblies(
    sign_in: Callable[..., Browser], queries: Callable[[], Any], app: Flask
) -> None:
    one, ten = make.member(), make.member()
    for n in range(9):
        make.member(make.organization(f"Commission {n}"), ten)
    counts = []
    for somebody in (one, ten):
        browser = sign_in(somebody)
        browser.get("/compte")
        with queries() as counted:
            browser.get("/compte")
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 6
