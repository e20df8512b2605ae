from datetime import date, timedelta

from flask import Flask

from elus.organizations.models import Role
from elus.organizations.queries import convener, members_on, term_on
from tests import factories as make

DAY = date(2026, 10, 14)


def test_members_in_office_come_in_table_order_full_members_before_substitutes(app: Flask) -> None:
    council = make.organization()
    substitute = make.member(council, role=Role.SUBSTITUTE, table_order=1)
    second = make.member(council, table_order=2)
    first = make.member(council, table_order=1)
    assert [row.person_id for row in members_on(council.id, DAY)] == [first.id, second.id, substitute.id]


def test_former_members_staff_and_members_of_other_councils_are_left_out(app: Flask) -> None:
    council = make.organization()
    make.member(council, ends_on=DAY - timedelta(days=1))
    make.member(council, starts_on=DAY + timedelta(days=1))
    make.secretary(council)
    make.member(council, role=Role.GUEST)
    make.member()
    last_day = make.member(council, ends_on=DAY)
    assert [row.person_id for row in members_on(council.id, DAY)] == [last_day.id]


def test_members_come_in_one_query_whatever_their_number(app: Flask, queries) -> None:  # type: ignore[no-untyped-def]
    council = make.organization()
    commune = make.body("Commune de Thénezay", "commune_lt_3500")
    for _ in range(12):
        make.member(council, on_behalf_of_id=commune.id)
    council_id = council.id
    with queries() as counted:
        names = [(row.person.name, row.post, row.on_behalf_of.name) for row in members_on(council_id, DAY)]
    assert len(names) == 12
    assert counted.count == 1


def test_the_convener_is_the_holder_of_the_post_that_convenes(app: Flask) -> None:
    council = make.organization()
    make.member(council)
    assert convener(council.id, DAY) is None
    president = make.president(council)
    found = convener(council.id, DAY)
    assert found
    assert (found.person_id, found.post.label if found.post else None) == (president.id, "Présidente")


def test_a_day_falls_in_one_term(app: Flask) -> None:
    commune = make.body("Commune de Thénezay", "commune_lt_3500")
    make.term(commune, date(2020, 5, 18), date(2026, 3, 22))
    now = make.term(commune, date(2026, 3, 23))
    found = term_on(commune.id, DAY)
    assert found
    assert found.id == now.id
    assert term_on(commune.id, date(2019, 1, 1)) is None
