"""The real communes, their legal seats, and who sits in them."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from elus.demo import days
from elus.demo.territory import communes, community_seats, of_town
from elus.kernel.db import db
from elus.organizations.models import Body, Channel, Membership, Organization, Person, Post, Role

TODAY = date(2026, 11, 25)
L2121_2 = (
    (100, 7), (500, 11), (1_500, 15), (2_500, 19), (3_500, 23), (5_000, 27), (10_000, 29), (20_000, 33),
)  # fmt: skip
"""CGCT L2121-2, first rows of the table: fewer inhabitants than, members of the council."""


def members(name: str, role: Role = Role.FULL) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Membership)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(Organization.name == name, Membership.role == role, Membership.in_force(TODAY))
        )
        or 0
    )


def test_thirty_eight_communes_and_their_community(demo: Flask) -> None:
    bodies = db.session.scalars(select(Body)).all()
    group = next(body for body in bodies if body.siren == "200041333")
    towns = [body for body in bodies if body.group_id == group.id]
    assert len(bodies) == 39
    assert len(towns) == 38
    assert sum(town.population for town in towns) == group.population == 36_926
    assert [town.name for town in towns if town.body_type == "commune_ge_3500"] == ["Parthenay"]
    assert all(town.helper_name and town.helper_phone and town.helper_hours for town in bodies)


def test_each_municipal_council_has_its_legal_seats(demo: Flask) -> None:
    for commune in communes():
        legal = next(seats for below, seats in L2121_2 if commune.population < below)
        assert members(f"Conseil municipal {of_town(commune.name)}") == legal == commune.seats, commune.name


def test_sixty_two_community_seats_none_above_half(demo: Flask) -> None:
    assert members("Conseil communautaire") == 62
    shared = community_seats()
    assert min(shared.values()) == 1
    assert shared["79202"] == max(shared.values()) <= 31


def test_a_substitute_for_each_commune_with_one_seat(demo: Flask) -> None:
    alone = [insee for insee, seats in community_seats().items() if seats == 1]
    assert members("Conseil communautaire", Role.SUBSTITUTE) == len(alone) == 30
    substitutes = db.session.scalars(select(Membership).where(Membership.role == Role.SUBSTITUTE)).all()
    for substitute in substitutes:
        full = db.session.get_one(Membership, substitute.substitute_for_id)
        assert full.on_behalf_of_id == substitute.on_behalf_of_id
        assert full.role is Role.FULL


def test_community_councillors_are_municipal_councillors(demo: Flask) -> None:
    council = db.session.scalars(select(Organization).where(Organization.name == "Conseil communautaire")).one()
    sitting = db.session.scalars(
        select(Membership).where(
            Membership.organization_id == council.id,
            Membership.role.in_((Role.FULL, Role.SUBSTITUTE)),
            Membership.in_force(TODAY),
        )
    )
    for membership in sitting:
        assert db.session.scalar(
            select(Membership.id)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(
                Membership.person_id == membership.person_id,
                Organization.body_id == membership.on_behalf_of_id,
                Membership.in_force(TODAY),
            )
        )


@pytest.mark.parametrize("day", [date(2026, 2, 5), TODAY])
def test_one_person_convenes_in_each_organization_in_each_term(demo: Flask, day: date) -> None:
    rows = db.session.execute(
        select(Organization.name, func.count(Membership.id))
        .outerjoin(Post, (Post.organization_id == Organization.id) & Post.convenes)
        .outerjoin(Membership, (Membership.post_id == Post.id) & Membership.in_force(day))
        .group_by(Organization.name)
    ).all()
    assert len(rows) == 44
    assert {name: count for name, count in rows if count != 1} == {}


def test_about_five_hundred_people_some_in_both_terms(demo: Flask) -> None:
    assert 500 <= (db.session.scalar(select(func.count()).select_from(Person)) or 0) <= 570
    before = set(db.session.scalars(select(Membership.person_id).where(Membership.in_force(date(2026, 2, 5)))))
    now = set(db.session.scalars(select(Membership.person_id).where(Membership.in_force(TODAY))))
    assert before & now
    assert before - now
    assert now - before


def test_people_are_reached_nowhere_real(demo: Flask) -> None:
    people = db.session.scalars(select(Person)).all()
    assert all(person.email is None or person.email.endswith("@parthenay-gatine.invalid") for person in people)
    assert all(person.phone and person.phone.startswith("06 39 98 ") and len(person.phone) == 14 for person in people)
    assert len({person.name for person in people}) == len(people)


def test_the_check_has_something_to_say(demo: Flask) -> None:
    rows = db.session.execute(
        select(Membership.channel, Person.email)
        .join(Person, Person.id == Membership.person_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Organization.name == "Conseil communautaire", Membership.in_force(TODAY))
    ).all()
    assert sum(channel is Channel.PAPER_HOME for channel, _email in rows) == 3
    assert sum(email is None for _channel, email in rows) == 1


def test_plausible_days_avoid_weekends_and_holidays() -> None:
    assert days.easter(2026) == date(2026, 4, 5)
    assert days.on_or_after(date(2026, 4, 6)) == date(2026, 4, 7)
    assert days.on_or_after(date(2026, 12, 24)) == date(2027, 1, 4)
    assert days.on_or_after(date(2026, 12, 12)) == date(2026, 12, 14)
