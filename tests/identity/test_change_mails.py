"""The letter that tells somebody what changed in their account: plain words, no link, whom to call."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.identity import mails
from elus.identity.models import Device, User
from elus.identity.origin import Origin
from elus.kernel.db import db, transaction
from elus.kernel.outbox import Letter
from elus.organizations import contact
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import AT

HOME = Origin("Safari, iPad", "192.0.2.0/24", "a" * 64)
FACTS: dict[str, dict[str, Any]] = {
    "passkey_added": {"name": "iPad du salon"},
    "passkey_removed": {"name": "iPad du salon"},
    "passkey_cloned": {"name": "iPad du salon"},
    "device_lost": {"name": "iPad du salon"},
    "rescue_issued": {"helpers": "Mme Durand", "several": False, "reason": "tablette perdue", "until": AT},
    "provider_linked": {"name": "ProConnect"},
    "provider_unlinked": {"name": "ProConnect"},
}


@pytest.fixture
def member(app: Flask) -> Iterator[Person]:
    contact.forget()
    council = make.organization(
        of=make.body(helper_name="Mme Durand", helper_phone="05 36 49 00 00", helper_hours="du lundi au vendredi")
    )
    yield make.member(council, make.person(first_name="Odile", last_name="Inventée"))
    contact.forget()


def _told(person: Person, change: str, origin: Origin | None = HOME) -> Letter:
    user_id = make.account(person).id
    with transaction():
        mails.tell(db.session.get_one(User, user_id), change, at=AT, origin=origin, **FACTS.get(change, {}))
    return db.session.scalars(select(Letter)).one()


@pytest.mark.parametrize("change", mails.CHANGES)
def test_every_change_has_its_words(member: Person, change: str) -> None:
    letter = _told(member, change)
    assert letter.subject
    assert letter.subject in letter.text
    assert letter.recipient == member.email
    for part in (letter.text, letter.html):
        assert "Odile Inventée" in part
        assert "lundi 5 octobre 2026 à 16 h" in part.replace("\u00a0", " ")
        assert "Safari, iPad" in part
        assert "adresses commençant par 192.0.2" in part
        assert "Mme Durand, 05 36 49 00 00, du lundi au vendredi" in part.replace("\u00a0", " ")
        assert "http" not in part
        assert "href" not in part
        assert not re.search(r"\{\{|\{%| [;?!:»]|« ", part), part
        for fact in FACTS.get(change, {}).values():
            assert not isinstance(fact, str) or fact in part


def test_a_name_is_text_in_the_letter_too(member: Person) -> None:
    user_id = make.account(member).id
    with transaction():
        mails.tell(db.session.get_one(User, user_id), "passkey_added", at=AT, name="<b>iPad</b>")
    letter = db.session.scalars(select(Letter)).one()
    assert "<b>" not in letter.html
    assert "&lt;b&gt;iPad" in letter.html


def test_a_device_is_called_by_the_name_its_owner_gave(member: Person) -> None:
    user_id = make.account(member).id
    make.saved(
        Device(
            user_id=user_id,
            token_hash="a" * 64,
            name="iPad du salon",
            client="Safari, iPad",
            network="",
            created_at=AT,
            used_at=AT,
        )
    )
    assert "iPad du salon (Safari, iPad)" in _told(member, "password_changed").text


def test_a_change_made_at_the_console_says_no_device(member: Person) -> None:
    letter = _told(member, "password_changed", None)
    assert "Depuis" not in letter.text
    assert "Réseau" not in letter.html


def test_a_change_without_words_is_refused(member: Person) -> None:
    with pytest.raises(ValueError, match="nothing"):
        _told(member, "nothing")
