"""Helping somebody back in, from the people page to the new way in: one helper, two helpers, and everything that must not work."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from elus.identity import actions as identity
from elus.identity.models import Failures, Passkey, RecoveryCode, Rescue, Session, User
from elus.identity.origin import Origin
from elus.identity.sealed import totp_secret
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.journal import JournalEntry
from elus.kernel.outbox import Letter
from elus.organizations.models import Membership, Organization, Person, Role
from elus.organizations.rescues import actions
from elus.organizations.rescues.actions import By
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[..., Browser]
USE = "/connexion/depannage"
NEW = "cinq chevaux dans la brume"
GIVEN = {"reason": "tablette volée, rappelée chez elle", "checked": "y"}


@dataclass
class Place:
    """A group, one of its communes, and who works there."""

    council: Organization
    village: Organization
    of_group: Person
    of_village: Person
    of_both: Person


@pytest.fixture
def place(app: Flask) -> Place:
    group = make.body()
    commune = make.body("Thénezay", "small_commune_council", group_id=group.id)
    council = make.organization(of=group)
    village = make.organization("Conseil municipal", of=commune, seats=15)
    both = make.secretary(council)
    make.member(village, both, Role.SECRETARY)
    return Place(council, village, make.secretary(council), make.secretary(village), both)


@pytest.fixture
def councillor(place: Place) -> Person:
    """Somebody who sits in both councils, with a password and a code."""
    somebody = make.person(first_name="Odile", last_name="Inventée")
    make.member(place.council, somebody)
    make.member(place.village, somebody)
    make.complete_account(somebody)
    return somebody


def page_of(person: Person) -> str:
    return f"/secretariat/personnes/{person.id}/depannage"


def code_in(answer: TestResponse) -> str:
    found = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", answer.text)
    assert found, answer.text
    return found[0]


def user_of(person: Person) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.person_id == person.id)).one()


def letters() -> list[Letter]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter).order_by(Letter.created_at)))


def acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.at)))


def rescue() -> Rescue:
    db.session.rollback()
    return db.session.scalars(select(Rescue).order_by(Rescue.asked_at.desc()).limit(1)).one()


def issued(sign_in: SignIn, helper: Person, person: Person) -> str:
    return code_in(sign_in(helper).submit(page_of(person), GIVEN))


def used(app: Flask, person: Person, code: str) -> Browser:
    browser = Browser(app)
    answer = browser.submit(USE, {"address": person.email, "code": code})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"] == "/bienvenue/suite"
    return browser


@pytest.mark.asvs("V6.4.4")
def test_one_helper_of_everything_gives_the_code_once(sign_in: SignIn, place: Place, councillor: Person) -> None:
    browser = sign_in(place.of_both)
    code = code_in(browser.submit(page_of(councillor), GIVEN))
    found = rescue()
    assert found.expires_at - (found.issued_at or found.asked_at) == timedelta(minutes=30)
    assert found.seconded_by is None
    again = browser.get(page_of(councillor)).text
    assert code not in again
    assert "Un code de dépannage attend" in again
    assert code.replace("-", "") not in str(found.code_hash)


@pytest.mark.parametrize("missing", ["reason", "checked"])
def test_a_reason_and_a_checked_identity_are_needed(
    sign_in: SignIn, place: Place, councillor: Person, missing: str
) -> None:
    answer = sign_in(place.of_both).submit(page_of(councillor), {**GIVEN, missing: ""})
    assert answer.status_code == 422
    db.session.rollback()
    assert db.session.scalars(select(Rescue)).all() == []


def test_a_helper_of_one_place_asks_and_the_other_confirms(sign_in: SignIn, place: Place, councillor: Person) -> None:
    first, second = sign_in(place.of_village), sign_in(place.of_group)
    answer = first.submit(page_of(councillor), GIVEN)
    assert answer.status_code == 303
    waiting = first.follow(answer).text
    assert "En attente d’une deuxième personne" in waiting
    assert place.of_group.name in waiting
    assert letters() == []
    people = second.get("/secretariat/personnes").text
    assert f"{place.of_village.name} demande votre confirmation" in people
    asked = second.get(page_of(councillor)).text
    assert "tablette volée, rappelée chez elle" in asked
    code = code_in(second.submit(page_of(councillor) + "/confirmer", page=page_of(councillor)))
    found = rescue()
    assert found.seconded_by == user_of(place.of_group).id
    assert "demande votre confirmation" not in second.get("/secretariat/personnes").text
    assert acts()[-2:] == ["rescue_asked", "rescue_issued"]
    assert code


def test_the_letters_go_to_the_person_and_once_to_each_agent(sign_in: SignIn, place: Place, councillor: Person) -> None:
    code = issued(sign_in, place.of_both, councillor)
    posted = letters()
    agents = {place.of_both.email, place.of_group.email, place.of_village.email}
    assert sorted(letter.recipient for letter in posted) == sorted({*agents, councillor.email})  # type: ignore[type-var]
    for letter in posted:
        assert "tablette volée, rappelée chez elle" in letter.text
        assert place.of_both.name in letter.text
        assert code not in letter.text + letter.html + letter.subject
        assert code.replace("-", "") not in letter.text + letter.html
        assert "http" not in letter.text


@pytest.mark.parametrize("who", ["of_village", "of_group"])
def test_the_first_helper_cannot_also_be_the_second(
    sign_in: SignIn, place: Place, councillor: Person, who: str
) -> None:
    browser = sign_in(getattr(place, who))
    browser.submit(page_of(councillor), GIVEN)
    answer = browser.submit(page_of(councillor) + "/confirmer", page=page_of(councillor))
    assert answer.status_code == 409
    assert rescue().code_hash is None
    assert "demande votre confirmation" not in browser.get("/secretariat/personnes").text


def test_two_helpers_of_the_narrowest_place_are_not_enough(sign_in: SignIn, place: Place, councillor: Person) -> None:
    other = make.secretary(place.village)
    sign_in(place.of_village).submit(page_of(councillor), GIVEN)
    browser = sign_in(other)
    assert "demande votre confirmation" not in browser.get("/secretariat/personnes").text
    answer = browser.submit(page_of(councillor) + "/confirmer", page=page_of(councillor))
    assert answer.status_code == 409
    assert "À vous deux" in answer.text


def test_the_second_helper_must_still_be_one_and_so_must_the_first(
    sign_in: SignIn, place: Place, councillor: Person
) -> None:
    sign_in(place.of_village).submit(page_of(councillor), GIVEN)
    second, token = sign_in(place.of_group), ""
    token = second.token(page_of(councillor))
    yesterday = clock.local_day(clock.now()) - timedelta(days=1)
    with transaction():
        db.session.execute(
            update(Membership).where(Membership.person_id == place.of_village.id).values(ends_on=yesterday)
        )
    data = {"csrf_token": token}
    assert second.open(page_of(councillor) + "/confirmer", method="POST", data=data).status_code == 409
    with transaction():
        db.session.execute(
            update(Membership).where(Membership.person_id == place.of_group.id).values(ends_on=yesterday)
        )
    assert second.open(page_of(councillor) + "/confirmer", method="POST", data=data).status_code == 404


def test_the_request_waits_half_an_hour(sign_in: SignIn, place: Place, councillor: Person) -> None:
    sign_in(place.of_village).submit(page_of(councillor), GIVEN)
    with transaction():
        db.session.execute(update(Rescue).values(expires_at=clock.now() - timedelta(seconds=1)))
    second = sign_in(place.of_group)
    assert "demande votre confirmation" not in second.get("/secretariat/personnes").text
    assert second.submit(page_of(councillor) + "/confirmer", page=page_of(councillor)).status_code == 409


@pytest.mark.asvs("V6.4.4")
def test_an_administrator_is_always_helped_by_two(sign_in: SignIn, place: Place) -> None:
    boss = make.member(place.village)
    make.complete_account(boss)
    with transaction():
        db.session.execute(update(User).where(User.person_id == boss.id).values(administrator_since=clock.now()))
    assert sign_in(place.of_both).submit(page_of(boss), GIVEN).status_code == 303
    assert code_in(sign_in(place.of_village).submit(page_of(boss) + "/confirmer", page=page_of(boss)))


def test_who_sits_nowhere_is_helped_by_two_administrators(sign_in: SignIn, place: Place) -> None:
    somebody, one, other = make.person(), make.administrator(), make.administrator()
    make.complete_account(somebody)
    assert sign_in(place.of_both).get(page_of(somebody)).status_code == 404
    first, second = sign_in(one), sign_in(other)
    assert f"/secretariat/personnes/{somebody.id}/depannage" in first.get("/administration/comptes").text
    assert first.submit(page_of(somebody), GIVEN).status_code == 303
    assert "demande votre confirmation" in second.get("/administration/comptes").text
    assert code_in(second.submit(page_of(somebody) + "/confirmer", page=page_of(somebody)))
    told = {letter.recipient for letter in letters()}
    assert told == {somebody.email, one.email, other.email}


def test_nobody_helps_themself(sign_in: SignIn, place: Place) -> None:
    browser = sign_in(place.of_both)
    assert browser.get(page_of(place.of_both)).status_code == 404
    assert page_of(place.of_both) not in browser.get("/secretariat/personnes").text
    user_id, person_id = user_of(place.of_both).id, place.of_both.id
    with pytest.raises(Refused, match="not_helper"), transaction():
        actions.ask(user_id, reason="moi", by=By(user_id, person_id), at=clock.now())


@pytest.mark.parametrize("path", ["", "/confirmer", "/annuler", "/debloquer"])
def test_everything_asks_for_a_fresh_proof(sign_in: SignIn, place: Place, councillor: Person, path: str) -> None:
    browser = sign_in(place.of_both)
    token = browser.token("/affichage")
    with transaction():
        db.session.execute(update(Session).values(fresh_at=clock.now() - timedelta(minutes=11)))
    answer = browser.open(page_of(councillor) + path, method="POST", data={**GIVEN, "csrf_token": token})
    assert "Un code de dépannage" not in answer.text
    db.session.rollback()
    assert db.session.scalars(select(Rescue)).all() == []
    if not path:
        assert "Son compte" not in browser.get(page_of(councillor)).text


def test_a_new_request_cancels_the_former_code(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    former = issued(sign_in, place.of_both, councillor)
    newer = issued(sign_in, place.of_both, councillor)
    assert Browser(app).submit(USE, {"address": councillor.email, "code": former}).status_code == 422
    assert used(app, councillor, newer)
    assert acts().count("rescue_cancelled") == 1


def test_a_cancelled_code_no_longer_serves(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    code = issued(sign_in, place.of_both, councillor)
    answer = sign_in(place.of_village).submit(page_of(councillor) + "/annuler", page=page_of(councillor))
    assert answer.status_code == 303
    assert Browser(app).submit(USE, {"address": councillor.email, "code": code}).status_code == 422


def test_the_code_serves_once_and_for_half_an_hour(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    code = issued(sign_in, place.of_both, councillor)
    used(app, councillor, code.lower().replace("-", " "))
    assert Browser(app).submit(USE, {"address": councillor.email, "code": code}).status_code == 422
    late = issued(sign_in, place.of_both, councillor)
    with transaction():
        db.session.execute(update(Rescue).values(expires_at=clock.now()))
    assert Browser(app).submit(USE, {"address": councillor.email, "code": late}).status_code == 422


def test_the_code_is_for_one_account(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    other = make.member(place.village)
    code = issued(sign_in, place.of_both, councillor)
    assert Browser(app).submit(USE, {"address": other.email, "code": code}).status_code == 422
    assert used(app, councillor, code)


@pytest.mark.asvs("V6.4.4")
def test_the_code_opens_nothing_but_the_new_ways_in(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    browser = used(app, councillor, issued(sign_in, place.of_both, councillor))
    for path in ("/", "/compte", "/reunions", "/compte/securite", "/connexion/code"):
        answer = browser.get(path)
        assert answer.status_code in {302, 404}, path
    db.session.rollback()
    opened = db.session.scalars(select(Session).where(Session.factor == "rescue")).one()
    assert opened.proven_at is None
    assert letters()[-1].recipient == councillor.email
    assert letters()[-1].subject == "Le code de dépannage de votre compte vient de servir"


def test_until_a_new_way_is_confirmed_the_former_ones_go_on(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    elsewhere = sign_in(councillor)
    used(app, councillor, issued(sign_in, place.of_both, councillor))
    assert elsewhere.get("/compte").status_code == 200
    assert user_of(councillor).totp_secret is not None


@pytest.mark.asvs("V6.4.4")
def test_back_in_by_password_and_code_the_former_ways_end(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    elsewhere = sign_in(councillor)
    user_id = user_of(councillor).id
    make.saved(
        Passkey(
            user_id=user_id, credential_id=b"x", public_key=b"y", seal="z", name="iPad perdu", created_at=clock.now()
        )
    )
    browser = used(app, councillor, issued(sign_in, place.of_both, councillor))
    answer = browser.submit("/bienvenue/mot-de-passe", {"password": NEW})
    assert answer.headers["Location"] == "/bienvenue/code"
    secret = totp_secret(user_of(councillor))
    assert secret
    assert secret != make.TOTP_SECRET
    answer = browser.submit("/bienvenue/code", {"code": make.current_code(secret)})
    assert answer.headers["Location"] == "/bienvenue/filet"
    assert elsewhere.get("/compte").status_code == 302
    codes = browser.submit("/bienvenue/codes-de-secours", page="/bienvenue/filet").text
    assert len(re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", codes)) == 8
    browser.submit("/bienvenue/pret", page="/bienvenue/codes-de-secours")
    assert browser.get("/compte").status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(Passkey)).all() == []
    assert len(db.session.scalars(select(RecoveryCode)).all()) == 8
    reasons = {one.ended_because for one in db.session.scalars(select(Session).where(Session.user_id == user_id))}
    assert "rescued" in reasons
    old = Browser(app)
    assert old.submit("/connexion", {"address": councillor.email, "password": make.PASSWORD}).status_code == 422
    assert old.submit("/connexion", {"address": councillor.email, "password": NEW}).status_code == 302


def test_a_suspended_account_is_neither_helped_nor_opened(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    code = issued(sign_in, place.of_both, councillor)
    with transaction():
        db.session.execute(update(User).where(User.person_id == councillor.id).values(suspended_at=clock.now()))
    assert Browser(app).submit(USE, {"address": councillor.email, "code": code}).status_code == 422
    browser = sign_in(place.of_both)
    assert "Ce compte est suspendu" in browser.get(page_of(councillor)).text


def test_suspending_ends_a_rescue_that_goes_on(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    browser = used(app, councillor, issued(sign_in, place.of_both, councillor))
    user_id = user_of(councillor).id
    with transaction():
        identity.suspend(user_id, by=None, at=clock.now())
    assert browser.get("/bienvenue/mot-de-passe").status_code == 302


def test_an_account_not_yet_ready_is_invited_instead(sign_in: SignIn, place: Place) -> None:
    somebody = make.member(place.village)
    with transaction():
        db.session.execute(update(User).where(User.person_id == somebody.id).values(activated_at=None))
    browser = sign_in(place.of_both)
    assert "pas encore prêt" in browser.get(page_of(somebody)).text
    assert browser.submit(page_of(somebody), GIVEN, page="/affichage").status_code == 409


@pytest.mark.asvs("V6.3.8")
def test_known_or_not_the_same_answer_after_the_same_work(
    app: Flask, councillor: Person, queries: Callable[[], Any]
) -> None:
    told, counts = [], []
    for address in (str(councillor.email), "inconnu@exemple.invalid"):
        browser = Browser(app)
        token = browser.token(USE)
        data = {"address": address, "code": "AAAA-BBBB-CCCC", "csrf_token": token}
        with queries() as counted:
            answer = browser.open(USE, method="POST", data=data)
        assert answer.status_code == 422
        counts.append(counted.statements)
        told.append(re.sub(r'name="csrf_token"[^>]*>', "", answer.text).replace(address, ""))
    assert told[0] == told[1]
    assert counts[0] == counts[1]


@pytest.mark.asvs("V6.3.8")
def test_known_or_not_it_takes_the_same_time(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    issued(sign_in, place.of_both, councillor)
    spent: dict[str, list[float]] = {"known": [], "unknown": []}
    browser = Browser(app)
    token = browser.token(USE)
    for _ in range(25):
        for name, address in (("known", councillor.email), ("unknown", "inconnu@exemple.invalid")):
            with transaction():
                db.session.execute(update(Failures).values(count=1, blocked_until=None))
            began = time.thread_time()  # of this thread: what others do on the machine does not count
            data = {"address": address, "code": "AAAA-BBBB-CCCC", "csrf_token": token}
            browser.open(USE, method="POST", data=data)
            spent[name].append(time.thread_time() - began)
    known, unknown = (sorted(times)[len(times) // 2] for times in spent.values())
    assert abs(known - unknown) < 0.25 * max(known, unknown) + 0.002


def test_guesses_are_counted_and_the_wait_is_said(app: Flask, councillor: Person) -> None:
    browser = Browser(app)
    for _ in range(5):
        assert browser.submit(USE, {"address": councillor.email, "code": "AAAA-BBBB-CCCC"}).status_code == 422
    answer = browser.submit(USE, {"address": councillor.email, "code": "AAAA-BBBB-CCCC"})
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.text


def test_a_stranger_s_guesses_keep_out_neither_the_code_nor_the_main_door(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    code = issued(sign_in, place.of_both, councillor)
    stranger = Browser(app)
    for _ in range(6):
        stranger.submit(
            USE,
            {"address": councillor.email, "code": "AAAA-BBBB-CCCC"},
            environ_base={"REMOTE_ADDR": "198.51.100.7"},
        )
    assert used(app, councillor, code)
    answer = Browser(app).submit("/connexion", {"address": councillor.email, "password": make.PASSWORD})
    assert answer.status_code == 302


def test_two_confirmations_at_once_give_one_code(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    other = make.secretary(place.council)
    sign_in(place.of_village).submit(page_of(councillor), GIVEN)
    user_id = user_of(councillor).id
    helpers = [By(user_of(one).id, one.id) for one in (place.of_group, other, place.of_both)]
    db.session.rollback()
    results = _at_once(app, [lambda by=by: actions.second(user_id, by=by, at=clock.now()) for by in helpers])
    assert results.count("no_longer_open") == 2, results
    assert rescue().code_hash is not None


def test_two_requests_at_once_leave_one_code_that_serves(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    user_id, by = user_of(councillor).id, By(user_of(place.of_both).id, place.of_both.id)
    db.session.rollback()
    ask = lambda: str(actions.ask(user_id, reason="perdue", by=by, at=clock.now()))  # noqa: E731 — asked four times
    codes = _at_once(app, [ask] * 4)
    with_effect = [
        code
        for code in codes
        if Browser(app).submit(USE, {"address": councillor.email, "code": code}).status_code == 303
    ]
    assert len(with_effect) == 1


def test_two_uses_at_once_open_one_session(app: Flask, sign_in: SignIn, place: Place, councillor: Person) -> None:
    code, address = issued(sign_in, place.of_both, councillor), str(councillor.email)
    db.session.rollback()
    use = lambda: str(identity.use_rescue(address, code, origin=Origin("tests"), at=clock.now()))  # noqa: E731 — used four times
    assert _at_once(app, [use] * 4).count("None") == 3


def _at_once(app: Flask, works: list[Callable[[], str]]) -> list[str]:
    results: list[str] = []

    def run(work: Callable[[], str]) -> None:
        with app.app_context():
            try:
                with transaction():
                    done = work()
                results.append(done)
            except Refused as refused:
                results.append(refused.code)
            db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_where_an_account_stands_is_said_without_secrets(sign_in: SignIn, place: Place, councillor: Person) -> None:
    user_id = user_of(councillor).id
    make.saved(
        Passkey(
            user_id=user_id,
            credential_id=b"x",
            public_key=b"y",
            seal="z",
            name="iPad du salon",
            created_at=clock.now(),
        )
    )
    page = sign_in(place.of_both).get(page_of(councillor)).text
    for words in ("iPad du salon", "mot de passe et code à 6", "8 sur 8", str(councillor.email), "rien ne bloque"):
        assert words in page
    user = user_of(councillor)
    assert str(user.password_hash) not in page
    assert make.TOTP_SECRET not in page


def test_a_blocked_account_is_said_so_and_unlocked(
    app: Flask, sign_in: SignIn, place: Place, councillor: Person
) -> None:
    for _ in range(6):
        Browser(app).submit("/connexion", {"address": councillor.email, "password": "faux"})
    browser = sign_in(place.of_village)
    assert "doit attendre jusqu’à" in browser.get(page_of(councillor)).text
    assert browser.submit(page_of(councillor) + "/debloquer", page=page_of(councillor)).status_code == 303
    assert "rien ne bloque" in browser.get(page_of(councillor)).text
    answer = Browser(app).submit("/connexion", {"address": councillor.email, "password": make.PASSWORD})
    assert answer.status_code == 302
    assert "unlocked" in acts()


def test_the_people_page_leads_to_the_help_of_active_accounts(
    sign_in: SignIn, place: Place, councillor: Person
) -> None:
    page = sign_in(place.of_village).get("/secretariat/personnes").text
    assert f'href="{page_of(councillor)}"' in page
    assert f"Aider à se connecter&nbsp;: {councillor.name}" in page


def test_the_people_page_costs_the_same_whoever_waits(
    sign_in: SignIn, place: Place, councillor: Person, queries: Callable[[], Any]
) -> None:
    others = [make.member(place.village) for _ in range(5)]
    for one in others:
        make.member(place.council, one)
    first, second = sign_in(place.of_village), sign_in(place.of_group)
    counts = []
    for asked in ([councillor], others):
        for one in asked:
            first.submit(page_of(one), GIVEN)
        with queries() as counted:
            assert "demande votre confirmation" in second.get("/secretariat/personnes").text
        counts.append(counted.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("who", ["member", "stranger", "administrator", "elsewhere"])
def test_nobody_else_sees_the_page(app: Flask, sign_in: SignIn, place: Place, councillor: Person, who: str) -> None:
    elsewhere = make.organization("Conseil d’ailleurs")
    browser = {
        "member": lambda: sign_in(make.member(place.village)),
        "stranger": lambda: Browser(app),
        "administrator": lambda: sign_in(make.administrator()),
        "elsewhere": lambda: sign_in(make.secretary(elsewhere)),
    }[who]()
    assert browser.get(page_of(councillor)).status_code == (302 if who == "stranger" else 404)
