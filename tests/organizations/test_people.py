"""The people page: those of my organizations, where their accounts stand, and the invitations."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.identity.models import Invitation, User
from elus.kernel import clock
from elus.kernel.db import db
from elus.kernel.outbox import Letter
from elus.organizations.models import Channel, Membership, Organization, Person, Role
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[..., Browser]
PAGE = "/secretariat/personnes"


def seat(of: Organization, role: Role = Role.FULL, **person: Any) -> Person:
    """Somebody in office without an account."""
    somebody = make.person(**person)
    make.saved(
        Membership(
            person_id=somebody.id,
            organization_id=of.id,
            term_id=make.term_of(of).id,
            role=role,
            starts_on=make.BEGAN,
            channel=Channel.ELECTRONIC if somebody.email else Channel.PAPER_HOME,
        )
    )
    return somebody


def test_the_secretariat_sees_the_people_of_its_organizations_only(sign_in: SignIn, app: Flask) -> None:
    mine, other = make.organization("Conseil A"), make.organization("Conseil B")
    here, there = seat(mine, last_name="Dici"), seat(other, last_name="Dailleurs")
    page = sign_in(make.secretary(mine)).get(PAGE).text
    assert here.last_name in page
    assert there.last_name not in page
    assert "Conseil B" not in page


@pytest.mark.parametrize("role", [Role.FULL, Role.SUBSTITUTE])
def test_a_member_does_not_see_the_page(sign_in: SignIn, app: Flask, role: Role) -> None:
    assert sign_in(make.member(role=role)).get(PAGE).status_code == 404


def test_where_an_account_stands_is_said_in_words(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    seat(mine, email=None)
    seat(mine)
    page = sign_in(make.secretary(mine)).get(PAGE).text
    for words in ("jamais invité", "pas d’adresse", "actif", "papier, à domicile"):
        assert words in page
    assert page.count("formaction=") == 1


def test_inviting_posts_one_letter_and_says_so(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    somebody = seat(mine, first_name="Odile", last_name="Inventée")
    browser = sign_in(make.secretary(mine))
    answer = browser.submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE)
    assert answer.status_code == 303
    page = browser.follow(answer).text
    assert "Invitation prête à partir&nbsp;: Odile Inventée" in page
    assert "invité le" in page
    assert "Renvoyer" in page
    db.session.rollback()
    assert db.session.scalars(select(Letter)).one().recipient == somebody.email
    browser.submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE)
    db.session.rollback()
    assert len(db.session.scalars(select(Letter)).all()) == 2
    assert len(db.session.scalars(select(Invitation)).all()) == 2


def test_without_an_address_nobody_is_invited(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    somebody = seat(mine, email=None)
    answer = sign_in(make.secretary(mine)).submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE)
    assert answer.status_code == 409
    assert "n’a pas d’adresse de courriel" in answer.text
    assert db.session.scalars(select(Letter)).all() == []


def test_a_ready_account_is_not_invited(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    somebody = make.member(mine)
    answer = sign_in(make.secretary(mine)).submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE)
    assert answer.status_code == 409
    assert "est déjà prêt" in answer.text


def test_an_address_already_used_by_somebody_else_is_refused(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    make.member(mine, make.person(email="mairie@exemple.invalid"))
    somebody = seat(mine, email="Mairie@exemple.invalid")
    answer = sign_in(make.secretary(mine)).submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE)
    assert answer.status_code == 409
    assert "autre personne" in answer.text


def test_the_people_of_others_cannot_be_invited(sign_in: SignIn, app: Flask) -> None:
    mine, other = make.organization("Conseil A"), make.organization("Conseil B")
    somebody = seat(other)
    browser = sign_in(make.secretary(mine))
    assert browser.submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE).status_code == 404
    assert browser.submit(f"/secretariat/assemblees/{other.id}/invitations", page=PAGE).status_code == 404
    assert sign_in(make.member(mine)).get(PAGE).status_code == 404
    assert db.session.scalars(select(Letter)).all() == []


def test_a_former_member_cannot_be_invited(sign_in: SignIn, app: Flask) -> None:
    from datetime import date

    mine = make.organization()
    somebody = make.person()
    make.saved(
        Membership(
            person_id=somebody.id,
            organization_id=mine.id,
            term_id=make.term_of(mine).id,
            role=Role.FULL,
            starts_on=date(2014, 4, 1),
            ends_on=date(2020, 6, 30),
        )
    )
    assert sign_in(make.secretary(mine)).submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE).status_code == 404


def test_all_those_never_invited_are_invited_together(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    people = [seat(mine) for _ in range(3)]
    seat(mine, email=None)
    browser = sign_in(make.secretary(mine))
    browser.submit(f"{PAGE}/{people[0].id}/invitation", page=PAGE)
    page = browser.get(f"{PAGE}?assemblee={mine.id}").text
    assert "Inviter ces 2 personnes" in page
    answer = browser.submit(f"/secretariat/assemblees/{mine.id}/invitations", page=PAGE)
    assert "2\u00a0invitations sont prêtes" in browser.follow(answer).text
    db.session.rollback()
    assert len(db.session.scalars(select(Letter)).all()) == 3
    assert len(db.session.scalars(select(User).where(User.activated_at.is_(None))).all()) == 3


def test_a_couple_with_one_address_does_not_keep_the_others_from_being_invited(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    for address in ("eux@exemple.invalid", "Eux@exemple.invalid", "elle@exemple.invalid"):
        seat(mine, email=address)
    browser = sign_in(make.secretary(mine))
    answer = browser.submit(f"/secretariat/assemblees/{mine.id}/invitations", page=PAGE)
    page = browser.follow(answer).text
    assert "2\u00a0invitations sont prêtes" in page
    assert "1\u00a0personne n’est pas invitée" in page
    db.session.rollback()
    assert len(db.session.scalars(select(Letter)).all()) == 2


def test_a_suspended_account_is_not_invited(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    somebody = seat(mine)
    make.account(somebody, active=False, suspended_at=clock.now())
    browser = sign_in(make.secretary(mine))
    answer = browser.submit(f"{PAGE}/{somebody.id}/invitation", page=PAGE)
    assert answer.status_code == 409
    assert "suspendu" in answer.text
    assert (
        "0\u00a0invitation"
        in browser.follow(browser.submit(f"/secretariat/assemblees/{mine.id}/invitations", page=PAGE)).text
    )
    db.session.rollback()
    assert db.session.scalars(select(Letter)).all() == []


def test_names_are_found_in_any_order_and_the_page_asked_is_checked(sign_in: SignIn, app: Flask) -> None:
    mine = make.organization()
    seat(mine, first_name="Odile", last_name="Inventée")
    seat(mine, first_name="Paul", last_name="Fictif")
    browser = sign_in(make.secretary(mine))
    page = browser.get(f"{PAGE}?nom=Invent+odile").text
    assert "Odile" in page
    assert "Paul" not in page
    for odd in ("?page=-1", "?page=0", "?page=x", "?page=99999999999", "?assemblee=x", "?nom=%25", "?nom=%00"):
        assert browser.get(PAGE + odd).status_code == 200


def test_the_page_costs_five_statements_whatever_the_number(
    sign_in: SignIn, queries: Callable[[], Any], app: Flask
) -> None:
    counts = []
    for size in (3, 60):
        mine = make.organization(f"Conseil {size}")
        for _ in range(size):
            seat(mine)
        browser = sign_in(make.secretary(mine))
        browser.get(PAGE)
        with queries() as counted:
            page = browser.get(PAGE).text
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 5
    assert page.count("<tr>") == 51
    assert "Page suivante" in page


def test_the_command_invites_by_address(app: Flask) -> None:
    somebody = seat(make.organization())
    runner = app.test_cli_runner()
    done = runner.invoke(args=["accounts", "invite", str(somebody.email)])
    assert done.exit_code == 0, done.output
    assert somebody.name in done.output
    assert runner.invoke(args=["accounts", "invite", "personne@exemple.invalid"]).exit_code == 1
