"""Changing one's ways in: proven again first, the other sessions end, the person is told, the last way stays."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.identity import actions, passwords, totp
from elus.identity.actions import Acting
from elus.identity.models import Device, Passkey, RecoveryCode, Session, User
from elus.identity.queries import held_by
from elus.identity.sealed import totp_secret
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.gate import FRESH
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[..., Browser]
PAGE = "/compte/securite"
PASSWORD, CODE, CODES = f"{PAGE}/mot-de-passe", f"{PAGE}/code", f"{PAGE}/codes-de-secours"
NEW = "une cruche bleue et deux hiboux"
ASKING = (PASSWORD, CODE, f"{PAGE}/ajouter")


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


def _user(of: Person) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.person_id == of.id)).one()


def _hidden(browser: Browser, url: str) -> dict[str, str]:
    """The hidden fields of the form of a page, its token apart."""
    found = re.findall(r'<input[^>]*type="hidden"[^>]*>', browser.get(url).text)
    fields = {
        re.search(r'name="([^"]*)"', one)[1]: re.search(r'value="([^"]*)"', one)[1]  # type: ignore[index]
        for one in found
    }
    fields.pop("csrf_token")
    return fields


def _change_password(browser: Browser, current: str = make.PASSWORD, new: str = NEW, **more: str) -> Any:
    return browser.submit(PASSWORD, {**_hidden(browser, PASSWORD), "current": current, "password": new, **more})


def _letters() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.subject).order_by(Letter.created_at)))


def _acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.at)))


def _secret_shown(page: str) -> str:
    found = re.search(r'id="cle">([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")


@pytest.mark.asvs("V7.5.1")
def test_no_way_in_changes_without_a_fresh_proof(sign_in: SignIn, app: Flask, member: Person) -> None:
    key, salon = make.passkey(member), make.device(member)
    here, there = sign_in(member), sign_in(member)
    there_id = db.session.scalars(select(Session.id).order_by(Session.opened_at.desc())).first()
    hidden = _hidden(here, PASSWORD)
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - FRESH * 2))
    for url in ASKING:
        assert "C’est bien vous" in here.get(url).text, url
    before = _user(member).password_hash
    sent = {**hidden, "current": make.PASSWORD, "password": NEW}
    paths = (
        PASSWORD,
        CODE,
        CODES,
        f"{PAGE}/moyens/{key.id}/retirer",
        f"{PAGE}/appareils/{salon.id}/perdu",
        f"{PAGE}/connexions/{there_id}/fermer",
        f"{PAGE}/autres-appareils",
        f"{PAGE}/tous-les-appareils",
    )
    for url in paths:
        assert "C’est bien vous" in here.submit(url, sent, page="/affichage").text, url
    assert _user(member).password_hash == before
    assert db.session.scalars(select(Passkey.id)).one() == key.id
    assert there.get(PAGE).status_code == 200


@pytest.mark.asvs("V6.2.2", "V6.2.3", "V6.3.7", "V7.4.3")
def test_the_password_changes_the_others_leave_and_the_person_is_told(
    sign_in: SignIn, app: Flask, member: Person
) -> None:
    here, there = sign_in(member), sign_in(member)
    assert _change_password(here).headers["Location"].endswith(PAGE)
    assert "Votre nouveau mot de passe est enregistré" in here.get(PAGE).text
    assert there.get(PAGE).status_code == 302
    assert passwords.verify(_user(member).password_hash, NEW)
    assert not passwords.verify(_user(member).password_hash, make.PASSWORD)
    assert _letters() == ["Votre mot de passe vient de changer"]
    assert {"password_changed", "other_sessions_ended"} <= set(_acts())
    ended = db.session.scalars(select(Session.ended_because).where(Session.ended_at.is_not(None))).all()
    assert ended == ["factor_changed"]
    letter = db.session.scalars(select(Letter)).one()
    assert NEW not in letter.text + letter.html


@pytest.mark.asvs("V6.2.3")
def test_the_password_of_now_is_asked_and_tries_are_counted(sign_in: SignIn, app: Flask, member: Person) -> None:
    here = sign_in(member)
    for _ in range(5):
        answer = _change_password(here, current="quatre arbres sous la neige")
        assert answer.status_code == 422
        assert "Ce n’est pas votre mot de passe actuel" in answer.text
    answer = _change_password(here)
    assert answer.status_code == 429, "even the right one waits"
    assert "Trop d’essais" in answer.text
    assert passwords.verify(_user(member).password_hash, make.PASSWORD)
    assert not _letters()


def test_a_right_password_starts_the_count_anew(sign_in: SignIn, app: Flask, member: Person) -> None:
    here = sign_in(member)
    for _ in range(4):
        _change_password(here, current="quatre arbres sous la neige")
    assert _change_password(here).status_code == 303
    for _ in range(4):
        assert (
            _change_password(here, current="quatre arbres sous la neige", new="encore autre chose ici").status_code
            == 422
        )


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("court", "Il faut au moins 12"),
        ("motdepasse2026", "se devine trop facilement"),
        (make.PASSWORD, "C’est déjà votre mot de passe"),
    ],
)
def test_a_weak_or_unchanged_password_is_refused_without_spending_a_try(
    sign_in: SignIn, app: Flask, member: Person, new: str, told: str
) -> None:
    here = sign_in(member)
    for _ in range(6):
        answer = _change_password(here, new=new)
        assert answer.status_code == 422
        assert told in answer.text
        assert make.PASSWORD not in answer.text
    assert _change_password(here).status_code == 303


def test_a_form_pressed_twice_changes_the_password_once(sign_in: SignIn, app: Flask, member: Person) -> None:
    here = sign_in(member)
    sent = {**_hidden(here, PASSWORD), "current": make.PASSWORD, "password": NEW}
    for _ in range(2):
        assert here.submit(PASSWORD, sent).headers["Location"].endswith(PAGE)
    page = here.get(PAGE).text
    assert "C’est déjà fait" in page
    assert _letters() == ["Votre mot de passe vient de changer"]


def test_an_account_without_password_gets_a_first_one(sign_in: SignIn, app: Flask) -> None:
    somebody = make.member()
    make.passkey(somebody)
    here = sign_in(somebody)
    page = here.get(PASSWORD).text
    assert "Choisir un mot de passe" in page
    assert 'name="current"' not in page
    assert here.submit(PASSWORD, {**_hidden(here, PASSWORD), "password": NEW}).status_code == 303
    assert passwords.verify(_user(somebody).password_hash, NEW)
    assert _letters() == ["Un mot de passe vient d’être ajouté à votre compte"]


@pytest.mark.asvs("V6.5.6", "V6.3.7")
def test_the_key_of_the_codes_changes_once_one_of_its_codes_is_right(
    sign_in: SignIn, app: Flask, member: Person
) -> None:
    here, there = sign_in(member), sign_in(member)
    page = here.get(CODE).text
    secret = _secret_shown(page)
    fields = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]
        for name in ("offer", "revision")
    }
    wrong = here.submit(CODE, {**fields, "code": make.current_code()})
    assert wrong.status_code == 422
    assert _secret_shown(wrong.text) == secret, "the same key is offered again"
    assert totp_secret(_user(member)) == make.TOTP_SECRET
    assert here.submit(CODE, {**fields, "code": make.current_code(secret)}).status_code == 303
    assert totp_secret(_user(member)) == secret
    assert there.get(PAGE).status_code == 302
    assert [told.replace("\u00a0", " ") for told in _letters()] == [
        "Votre code à 6 chiffres vient de changer d’appareil"
    ]
    user_id, at = _user(member).id, clock.now()
    assert totp.accepted(secret, make.current_code(secret), at), "the code that confirmed the key"
    with transaction():
        assert actions.use_code(user_id, make.current_code(secret), at=at) == "used"
    with transaction():
        assert actions.use_code(user_id, make.current_code(), at=at) in {"wrong", "used"}


def test_a_wrong_clock_is_told_when_the_key_changes(sign_in: SignIn, app: Flask, member: Person) -> None:
    here = sign_in(member)
    page = here.get(CODE).text
    secret = _secret_shown(page)
    answer = here.submit(CODE, {**_hidden(here, CODE), "code": "000000"})
    assert "Ce code ne convient pas" in answer.text
    fields = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]
        for name in ("offer", "revision")
    }
    late = here.submit(CODE, {**fields, "code": make.current_code(secret, minutes=-5)})
    assert "L’heure de votre tablette est décalée" in late.text


def test_a_key_offered_to_somebody_else_is_worth_nothing(sign_in: SignIn, app: Flask, member: Person) -> None:
    other = make.member()
    make.complete_account(other)
    page = sign_in(other).get(CODE).text
    here = sign_in(member)
    stolen = re.search(r'name="offer"[^>]*value="([^"]*)"', page)[1]  # type: ignore[index]
    for offer in (stolen, "", "é", "AAAA", stolen[:-4]):
        sent = {**_hidden(here, CODE), "offer": offer, "code": make.current_code(_secret_shown(page))}
        assert here.submit(CODE, sent).status_code == 422
    assert totp_secret(_user(member)) == make.TOTP_SECRET


@pytest.mark.asvs("V6.3.7")
def test_new_recovery_codes_are_shown_once_and_the_former_ones_are_dead(
    sign_in: SignIn, app: Flask, browser: Browser
) -> None:
    somebody = make.member()
    former = make.complete_account(somebody)
    here, there = sign_in(somebody), sign_in(somebody)
    sent = _hidden(here, CODES)
    page = here.submit(CODES, sent)
    codes = re.findall(r"<li>([A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4})</li>", page.text)
    assert len(set(codes)) == 8
    assert page.headers["Cache-Control"] == "no-store"
    assert str(somebody.email) in page.text
    assert not [code for code in codes if code in here.get(CODES).text + here.get(PAGE).text]
    assert there.get(PAGE).status_code == 302
    assert _letters() == ["De nouveaux codes de secours viennent d’être faits"]
    user_id, at = _user(somebody).id, clock.now()
    with transaction():
        assert actions.use_recovery_code(user_id, former[0], at=at) == "wrong"
    with transaction():
        assert actions.use_recovery_code(user_id, codes[0], at=at) is None
    letter = db.session.scalars(select(Letter)).first()
    assert letter
    assert not [code for code in codes if code in letter.text + letter.html]


def test_a_second_press_never_kills_the_codes_one_is_printing(sign_in: SignIn, app: Flask, member: Person) -> None:
    here = sign_in(member)
    sent = _hidden(here, CODES)
    assert here.submit(CODES, sent).status_code == 200
    kept = set(db.session.scalars(select(RecoveryCode.id)))
    again = here.submit(CODES, sent)
    assert again.status_code == 303
    assert "C’est déjà fait" in here.follow(again).text
    db.session.rollback()
    assert set(db.session.scalars(select(RecoveryCode.id))) == kept


def test_codes_come_after_a_password(sign_in: SignIn, app: Flask) -> None:
    somebody = make.member()
    make.passkey(somebody)
    here = sign_in(somebody)
    assert "Il faut d’abord un mot de passe" in here.get(CODES).text
    for url in (CODE, CODES):
        revision = held_by(_user(somebody)).revision
        here.submit(url, {"revision": revision, "code": "123456"}, page=PASSWORD)
    db.session.rollback()
    assert not db.session.scalars(select(RecoveryCode)).all()
    assert _user(somebody).totp_confirmed_at is None


@pytest.mark.asvs("V6.5.6", "V6.3.7")
def test_a_device_unlock_is_removed_with_a_second_press(sign_in: SignIn, app: Flask, member: Person) -> None:
    key = make.passkey(member, name="iPad du salon")
    here, there = sign_in(member), sign_in(member)
    url = f"{PAGE}/moyens/{key.id}/retirer"
    assert "Retirer iPad du salon" in here.get(url).text
    db.session.rollback()
    assert db.session.scalars(select(Passkey)).one(), "looking removes nothing"
    assert here.submit(url, _hidden(here, url)).status_code == 303
    assert "iPad du salon" in here.get(PAGE).text
    db.session.rollback()
    assert db.session.scalars(select(Passkey)).all() == []
    assert there.get(PAGE).status_code == 302
    assert _letters() == ["Un moyen de connexion vient d’être retiré de votre compte"]
    assert "passkey_removed" in _acts()


def test_the_last_way_in_is_never_removed_and_the_page_says_why(sign_in: SignIn, app: Flask) -> None:
    somebody = make.member()
    key = make.passkey(somebody, name="iPad du salon")
    here = sign_in(somebody)
    url = f"{PAGE}/moyens/{key.id}/retirer"
    page = here.get(url).text
    assert "ne peut pas être retiré" in page
    assert "vous ne pourriez plus entrer" in page
    assert 'action="/compte' not in page
    answer = here.submit(url, {"revision": held_by(_user(somebody)).revision}, page=PASSWORD)
    assert answer.status_code == 409
    db.session.rollback()
    assert db.session.scalars(select(Passkey.id)).one() == key.id
    assert not _letters()


def test_staff_of_a_real_installation_keep_one_device_unlock(app: Flask, member: Person) -> None:
    key, user = make.passkey(member), _user(member)
    by, revision = Acting(user.id, None), held_by(user).revision
    with pytest.raises(Refused, match="passkey_needed"), transaction():
        actions.drop_passkey(key.id, needs_passkey=True, revision=revision, by=by, at=clock.now())
    with transaction():
        actions.drop_passkey(key.id, needs_passkey=False, revision=revision, by=by, at=clock.now())


def test_two_removals_at_once_leave_one_way_in(app: Flask) -> None:
    somebody = make.member()
    keys = [make.passkey(somebody).id for _ in range(2)]
    user_id, revision = _user(somebody).id, held_by(_user(somebody)).revision
    db.session.rollback()
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def remove(key: Any) -> None:
        with app.app_context():
            ready.wait()
            try:
                with transaction():
                    by = Acting(user_id, None)
                    actions.drop_passkey(key, needs_passkey=False, revision=revision, by=by, at=clock.now())
                outcomes.append("removed")
            except Refused as refused:
                outcomes.append(refused.code)

    threads = [threading.Thread(target=remove, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed_meanwhile", "removed"]
    db.session.rollback()
    assert len(db.session.scalars(select(Passkey)).all()) == 1


def test_a_lost_tablet_opens_nothing_any_more(sign_in: SignIn, app: Flask, member: Person) -> None:
    here, salon = sign_in(member), make.device(member, name="iPad du salon")
    there = make.session(member, device_id=salon.id)
    make.passkey(member, name="Visage", device_id=salon.id)
    free = make.passkey(member, name="Téléphone")
    url = f"{PAGE}/appareils/{salon.id}/perdu"
    assert "Dès que vous appuyez" in here.get(url).text
    answer = here.submit(url)
    assert answer.status_code == 303
    guide = here.follow(answer).text
    assert "n’ouvre plus votre compte" in guide
    assert "Changez le mot de passe" in guide
    assert "Prévenez le secrétariat" in guide
    db.session.rollback()
    assert db.session.get_one(Session, there.id).ended_because == "lost"
    assert db.session.get_one(Device, salon.id).lost_at
    assert db.session.scalars(select(Passkey.id)).all() == [free.id]
    assert here.get(PAGE).status_code == 200
    assert "iPad du salon" not in re.sub(r"(?s).*<h2 id=.appareils.>(.*?)</section>.*", r"\1", here.get(PAGE).text)
    assert here.submit(url, page="/affichage").status_code == 303, "pressed twice, told once"
    assert _letters() == ["Un appareil vient d’être déclaré perdu"]
    assert _acts().count("device_lost") == 1


def test_a_lost_tablet_that_holds_the_only_way_in_keeps_it_until_another_is_added(sign_in: SignIn, app: Flask) -> None:
    somebody = make.member()
    here, salon = sign_in(somebody), make.device(somebody)
    key = make.passkey(somebody, device_id=salon.id)
    assert "C’est votre seul moyen d’entrer" in here.get(f"{PAGE}/appareils/{salon.id}/perdu").text
    answer = here.submit(f"{PAGE}/appareils/{salon.id}/perdu")
    assert "Il vous reste un seul moyen d’entrer" in here.follow(answer).text
    db.session.rollback()
    assert db.session.scalars(select(Passkey.id)).one() == key.id


def test_the_tablet_in_hand_is_not_lost(sign_in: SignIn, app: Flask, member: Person) -> None:
    here, salon = sign_in(member), make.device(member)
    with transaction():
        db.session.execute(update(Session).values(device_id=salon.id))
    url = f"{PAGE}/appareils/{salon.id}/perdu"
    assert "C’est l’appareil que vous avez en main" in here.get(url).text
    assert here.submit(url, page=PAGE).status_code == 409
    assert here.get(PAGE).status_code == 200


def test_nothing_typed_reaches_the_journal(sign_in: SignIn, app: Flask, member: Person) -> None:
    here = sign_in(member)
    _change_password(here)
    codes = here.submit(CODES, _hidden(here, CODES)).text
    make.passkey(member)
    db.session.rollback()
    kept = repr([(one.subject, one.detail, one.client) for one in db.session.scalars(select(JournalEntry))])
    secrets = [make.PASSWORD, NEW, str(member.email), *re.findall(r"<li>([A-Z0-9-]{14})</li>", codes)]
    assert len(secrets) == 11
    assert not [secret for secret in secrets if secret in kept]
