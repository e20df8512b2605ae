"""My security (screen C9): what opens my account, where it is open, what happened; mine alone."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.identity.models import Device, Passkey, Session, User
from elus.kernel import clock, journal
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[..., Browser]
PAGE = "/compte/securite"


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def _sessions(of: Person) -> list[Session]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Session).join(User).where(User.person_id == of.id).order_by(Session.opened_at, Session.id)
        )
    )


def _letters() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.subject).order_by(Letter.created_at)))


def test_it_says_in_one_sentence_how_the_account_stands(sign_in: SignIn, member: Person) -> None:
    page = sign_in(member).get(PAGE).text
    assert "Votre compte est bien protégé." in page
    assert "8 sur 8" in _plain(page)
    assert "Ajouter un moyen de connexion" in page
    alone = make.member()
    make.passkey(alone)
    assert "Ajoutez un deuxième moyen" in sign_in(alone).get(PAGE).text


def test_each_device_unlock_is_named_and_may_be_renamed_or_removed_by_its_name(sign_in: SignIn, member: Person) -> None:
    made = make.passkey(member, name="iPad du salon")
    page = sign_in(member).get(PAGE).text
    assert "Retirer iPad du salon" in _plain(page)
    assert "Renommer iPad du salon" in _plain(page)
    assert f"{PAGE}/moyens/{made.id}/retirer" in page


def test_a_session_says_since_when_from_where_and_how(sign_in: SignIn, member: Person) -> None:
    here, network = sign_in(member), "127.0.0.0/24"
    salon = make.device(member, name="iPad du salon", client="Safari, iPad")
    make.session(member, client="Safari, iPad", network=network, device_id=salon.id, factor="totp")
    make.session(member, client="Firefox, Windows", network="192.0.2.0/24", factor="recovery_code")
    page = _plain(here.get(PAGE).text)
    assert "cet appareil" in page
    assert "iPad du salon" in page
    assert "même réseau que cet appareil" in page
    assert "autre réseau (192.0.2…)" in page
    assert "mot de passe et code de secours" in page
    assert "Déconnecter iPad du salon" in page
    assert "Déconnecter Firefox, Windows" in page


@pytest.mark.asvs("V7.5.2")
def test_one_session_is_ended_and_the_others_go_on(sign_in: SignIn, app: Flask, member: Person) -> None:
    here, there, elsewhere = sign_in(member), sign_in(member), sign_in(member)
    there_id = _sessions(member)[1].id
    url = f"{PAGE}/connexions/{there_id}/fermer"
    assert here.submit(url, page=PAGE).status_code == 303
    assert "est déconnecté" in here.get(PAGE).text
    assert there.get(PAGE).status_code == 302
    assert elsewhere.get(PAGE).status_code == here.get(PAGE).status_code == 200
    assert _sessions(member)[1].ended_because == "elsewhere"
    assert here.submit(url, page=PAGE).status_code == 303, "pressed twice, closed once"
    db.session.rollback()
    ended = select(JournalEntry).where(JournalEntry.action == "session_ended")
    assert len(db.session.scalars(ended).all()) == 1, "one act, one line"


def test_the_sessions_of_one_device_are_ended_together(sign_in: SignIn, member: Person) -> None:
    here = sign_in(member)
    salon = make.device(member)
    first, second = (make.session(member, device_id=salon.id) for _ in range(2))
    here.submit(f"{PAGE}/connexions/{first.id}/fermer", page=PAGE)
    ended = {one.id: one.ended_because for one in _sessions(member)}
    assert ended[first.id] == ended[second.id] == "elsewhere"


@pytest.mark.asvs("V7.5.2")
def test_all_the_others_are_ended_together(sign_in: SignIn, member: Person) -> None:
    here, there, stranger = sign_in(member), sign_in(member), sign_in(make.member())
    assert here.submit(f"{PAGE}/autres-appareils", page=PAGE).status_code == 303
    assert here.get(PAGE).status_code == 200
    assert there.get(PAGE).status_code == 302
    assert stranger.get(PAGE).status_code == 200


@pytest.mark.asvs("V7.5.2")
def test_everything_may_be_ended_here_too(sign_in: SignIn, member: Person) -> None:
    here, there = sign_in(member), sign_in(member)
    answer = here.submit(f"{PAGE}/tous-les-appareils", page=PAGE)
    assert answer.headers["Location"].endswith("/connexion")
    assert here.get(PAGE).status_code == there.get(PAGE).status_code == 302
    assert {one.ended_because for one in _sessions(member)} == {"elsewhere"}


@pytest.mark.asvs("V7.5.2")
def test_what_belongs_to_somebody_else_does_not_exist(sign_in: SignIn, app: Flask, member: Person) -> None:
    other = make.member()
    theirs = sign_in(other)
    session_id, device, passkey = _sessions(other)[0].id, make.device(other), make.passkey(other)
    here = sign_in(member)
    for path in (
        f"connexions/{session_id}/fermer",
        f"appareils/{device.id}",
        f"appareils/{device.id}/perdu",
        f"moyens/{passkey.id}",
        f"moyens/{passkey.id}/retirer",
        f"moyens/{uuid.uuid4()}/retirer",
    ):
        assert here.submit(f"{PAGE}/{path}", {"name": "À moi"}, page=PAGE).status_code == 404, path
    assert theirs.get(PAGE).status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(Passkey.name)).one() != "À moi"
    assert db.session.scalars(select(Device.lost_at)).one() is None


def test_a_pending_session_is_not_one_of_mine(sign_in: SignIn, member: Person) -> None:
    half = make.session(member, proven_at=None, factor=None)
    assert sign_in(member).submit(f"{PAGE}/connexions/{half.id}/fermer", page=PAGE).status_code == 404


def test_a_device_takes_the_name_its_owner_gives(sign_in: SignIn, member: Person) -> None:
    here, salon = sign_in(member), make.device(member)
    url = f"{PAGE}/appareils/{salon.id}"
    assert here.submit(url, {"name": "  iPad\u202e du   salon "}).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Device.name)).one() == "iPad du salon"
    assert here.submit(url, {"name": ""}).status_code == 422
    assert here.submit(url, {"name": "x" * 61}).status_code == 422
    assert not _letters(), "a name is not worth a letter"


def test_sign_ins_of_the_last_thirty_days_are_listed(sign_in: SignIn, member: Person) -> None:
    now = clock.now()
    old = {"opened_at": now - timedelta(days=31), "ended_at": now - timedelta(days=30)}
    recent = {"opened_at": now - timedelta(days=29), "ended_at": now - timedelta(days=28)}
    make.session(member, client="Edge, Windows", **old)
    make.session(member, client="Firefox, Linux", **recent)
    page = _plain(sign_in(member).get(PAGE).text)
    assert "Firefox, Linux" in page
    assert "Edge, Windows" not in page
    assert "Vous ne reconnaissez pas une de ces connexions" in page


def test_somebody_who_does_not_recognise_a_sign_in_is_told_what_to_do(sign_in: SignIn, member: Person) -> None:
    page = sign_in(member).get(f"{PAGE}/connexion-inconnue").text
    assert "Déconnecter mes autres appareils" in page
    assert "Changez votre mot de passe" in page


def test_what_happened_is_told_in_sentences_and_only_mine(sign_in: SignIn, member: Person) -> None:
    here, other = sign_in(member), make.member()
    sign_in(other).submit(f"{PAGE}/appareils/{make.device(other).id}", {"name": "Autre"})
    salon = make.device(member)
    here.submit(f"{PAGE}/appareils/{salon.id}", {"name": "iPad du salon"})
    for path in (PAGE, f"{PAGE}/journal"):
        page = _plain(here.get(path).text)
        assert page.count("Vous avez changé le nom d’un appareil") == 1


def test_the_page_costs_the_same_whatever_one_holds(
    sign_in: SignIn, queries: Callable[[], Any], member: Person
) -> None:
    many = make.member()
    make.complete_account(many)
    for n in range(10):
        salon = make.device(many, name=f"Tablette {n}")
        make.session(many, device_id=salon.id)
        make.passkey(many)
        make.device(many)
    counts = []
    for somebody in (member, many):
        browser = sign_in(somebody)
        browser.get(PAGE)
        with queries() as counted:
            browser.get(PAGE)
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 11, counts


@pytest.mark.asvs("V7.4.4")
def test_one_signs_out_from_the_account_page(sign_in: SignIn, member: Person) -> None:
    here = sign_in(member)
    assert 'action="/deconnexion"' in here.get("/compte").text
    assert f'href="{PAGE}"' in here.get("/compte").text


def test_what_happened_is_read_fifty_lines_at_a_time(sign_in: SignIn, member: Person) -> None:
    here, user_id, now = sign_in(member), make.account(member).id, clock.now()
    with transaction():
        for n in range(60):
            journal.write("device_renamed", f"user:{user_id}", at=now - timedelta(minutes=n), by=user_id)
    first = here.get(f"{PAGE}/journal").text
    told = "Vous avez changé le nom d’un appareil"
    older = re.search(r'href="([^"]*avant=[^"]*)"', first)
    assert older
    second = here.get(older[1].replace("&amp;", "&")).text
    assert first.count(told) + second.count(told) == 60
    assert first.count("<tr>") == 51
    assert "Plus anciennes" not in second
    for wrong in ("x", "2026-10-05T14:00:00~x", "2026-10-05~00000000000000000000000000000000", "%00"):
        assert here.get(f"{PAGE}/journal?avant={wrong}").text.count("<tr>") == 51, wrong
