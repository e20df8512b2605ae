"""What the page that asks for a proof carries, and what it must never repeat."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from wtforms import PasswordField

from elus.identity import forms
from elus.identity.models import Session
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser
from tests.identity.test_passkeys import member as member
from tests.identity.test_passkeys import token

PAGE = "/compte/securite/mot-de-passe"
NEW = "trois rivières et un pont"


@pytest.fixture
def browser(member: Person, sign_in: Any) -> Browser:
    """A page opened in time, and sent too late."""
    found: Browser = sign_in(member)
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - timedelta(minutes=11)))
    return found


def sent(browser: Browser, url: str, **fields: str) -> Any:
    return browser.open(url, method="POST", data={**fields, "csrf_token": token(browser)})


def test_a_password_typed_too_late_is_typed_again_and_never_repeated(browser: Browser) -> None:
    fields = {"current": make.PASSWORD, "password": NEW, "revision": "0123"}
    asked = sent(browser, PAGE, **fields)
    assert asked.status_code == 403
    assert make.PASSWORD not in asked.text
    assert NEW not in asked.text
    assert 'name="revision"' in asked.text
    assert "sauf les mots de passe" in asked.text
    wrong = sent(browser, PAGE, **fields, _proof_password=make.PASSWORD, _proof_code="000000")
    assert wrong.status_code == 422
    assert make.PASSWORD not in wrong.text
    assert NEW not in wrong.text


def test_every_field_for_a_password_is_among_those_not_repeated() -> None:
    found = {
        name
        for form in vars(forms).values()
        if isinstance(form, type) and issubclass(form, forms.Form)
        for name, field in vars(form).items()
        if getattr(field, "field_class", None) is PasswordField
    }
    assert found == forms.SECRETS


def test_an_address_of_nowhere_asks_for_no_proof(browser: Browser) -> None:
    answer = sent(browser, "/nulle-part", _proof_password="x", _proof_code="000000")
    assert answer.status_code == 404
    assert "_proof_password" not in answer.text
