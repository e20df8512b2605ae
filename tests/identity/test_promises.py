"""Promises about passwords and secrets that no single page shows."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from elus.identity import actions, passwords
from elus.identity.models import User
from elus.identity.origin import Origin
from elus.identity.sealed import ALPHABET, GROUP, GROUPS
from elus.kernel import clock
from elus.kernel.db import transaction
from tests import factories as make
from tests.conftest import Browser

ELUS = Path(__file__).parents[2] / "elus"
KEPT_OUT = {"demo"}  # invents people, gives nobody a way in


def _field(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page)
    assert found, f"no field {name}"
    return found[0]


@pytest.mark.asvs("V6.2.6", "V6.2.7")
def test_a_password_is_hidden_may_be_shown_pasted_and_kept_by_a_manager(browser: Browser) -> None:
    page = browser.get("/connexion").text
    field = _field(page, "password")
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert ">Afficher</button>" in page
    assert "username" in _field(page, "address")
    scripts = (ELUS / "static" / "js").rglob("*.js")
    assert not [path.name for path in scripts if re.search(r"[\"']paste|onpaste|onselectstart", path.read_text())]


@pytest.mark.asvs("V6.2.10")
def test_a_password_never_has_to_be_changed_for_its_age(app: Flask) -> None:
    somebody = make.member()
    make.complete_account(somebody)
    address, later = str(somebody.email), clock.now() + timedelta(days=3 * 365)
    with transaction():
        attempt = actions.try_password(address, at=later, origin=Origin("tests"))
    assert attempt.user_id is not None
    assert passwords.verify(attempt.password_hash, make.PASSWORD)


@pytest.mark.asvs("V6.4.2")
def test_no_secret_question_is_asked_or_kept() -> None:
    assert not [name for name in map(str, User.__table__.columns) if re.search("question|answer|hint", name)]
    pages = (ELUS / "templates" / "identity").rglob("*.html")
    assert not [
        page.name for page in pages if re.search(r"question secr|nom de jeune fille|indice", page.read_text(), re.I)
    ]


@pytest.mark.asvs("V6.5.3")
def test_every_secret_comes_from_the_system_s_generator() -> None:
    guilty = [
        path.relative_to(ELUS).as_posix()
        for path in ELUS.rglob("*.py")
        if path.relative_to(ELUS).parts[0] not in KEPT_OUT
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(name.name == "random" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "random")
    ]
    assert not guilty, "use secrets"


@pytest.mark.asvs("V6.5.4")
def test_a_printed_code_has_fifty_eight_bits() -> None:
    assert len(set(ALPHABET)) ** (GROUPS * GROUP) >= 2**58
    assert not set(ALPHABET) & set("0O1I")
