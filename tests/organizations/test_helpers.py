"""Who may help whom back in: the table of cases, without database."""

import uuid

import pytest

from elus.organizations.rescues.rules import Helper, Seat, Standing, Target, standing, together, widest

PERSON, FIRST, SECOND = (uuid.UUID(int=n) for n in (1, 2, 3))
GROUP, COMMUNE, SMALL, SYNDICATE = (uuid.UUID(int=n) for n in (10, 11, 12, 13))
COUNCIL, BUREAU, VILLAGE, HAMLET, WATER = (uuid.UUID(int=n) for n in (20, 21, 22, 23, 24))
SEATS = {
    COUNCIL: Seat(COUNCIL, GROUP, None, 62),
    BUREAU: Seat(BUREAU, GROUP, None, 62),
    VILLAGE: Seat(VILLAGE, COMMUNE, GROUP, 15),
    HAMLET: Seat(HAMLET, SMALL, GROUP, 7),
    WATER: Seat(WATER, SYNDICATE, None, 90),
}
ALONE, WITH, NOTHING = Standing.ALONE, Standing.WITH_ANOTHER, Standing.NOTHING


def target(*organizations: uuid.UUID, administrator: bool = False) -> Target:
    return Target(PERSON, frozenset(SEATS[one] for one in organizations), administrator)


def helper(*organizations: uuid.UUID, who: uuid.UUID = FIRST, administrator: bool = False) -> Helper:
    return Helper(who, frozenset(organizations), administrator)


CASES = {
    "the secretariat of the only assembly": (target(VILLAGE), helper(VILLAGE), ALONE),
    "the secretariat of all assemblies": (target(COUNCIL, BUREAU, VILLAGE), helper(COUNCIL, BUREAU, VILLAGE), ALONE),
    "of more than needed": (target(VILLAGE), helper(COUNCIL, VILLAGE), ALONE),
    "of one of two bodies, the widest": (target(COUNCIL, VILLAGE), helper(COUNCIL), WITH),
    "of one of two bodies, the narrowest": (target(COUNCIL, VILLAGE), helper(VILLAGE), WITH),
    "of one committee of a body only": (target(COUNCIL, BUREAU), helper(BUREAU), WITH),
    "of another place": (target(VILLAGE), helper(HAMLET), NOTHING),
    "of nothing": (target(VILLAGE), helper(), NOTHING),
    "an administrator of the platform alone": (target(VILLAGE), helper(administrator=True), NOTHING),
    "the secretariat, of an administrator": (target(VILLAGE, administrator=True), helper(VILLAGE), WITH),
    "of all, of an administrator": (target(COUNCIL, VILLAGE, administrator=True), helper(COUNCIL, VILLAGE), WITH),
    "themself": (target(VILLAGE), helper(VILLAGE, who=PERSON), NOTHING),
    "themself, an administrator": (target(administrator=True), helper(who=PERSON, administrator=True), NOTHING),
    "a secretariat, of somebody who sits nowhere": (target(), helper(VILLAGE), NOTHING),
    "an administrator, of somebody who sits nowhere": (target(), helper(administrator=True), WITH),
}


@pytest.mark.asvs("V6.4.4")
@pytest.mark.parametrize("case", CASES)
def test_what_one_helper_may_do(case: str) -> None:
    whom, who, expected = CASES[case]
    assert standing(whom, who) is expected


def two(*organizations: uuid.UUID, administrator: bool = False) -> Helper:
    return helper(*organizations, who=SECOND, administrator=administrator)


PAIRS = {
    "one of each body": (target(COUNCIL, VILLAGE), helper(VILLAGE), two(COUNCIL), True),
    "two of the widest": (target(COUNCIL, VILLAGE), helper(COUNCIL), two(COUNCIL), True),
    "two of the narrowest": (target(COUNCIL, VILLAGE), helper(VILLAGE), two(VILLAGE), False),
    "two communes without the group": (target(COUNCIL, VILLAGE, HAMLET), helper(VILLAGE), two(HAMLET), False),
    "two communes, one of the larger": (target(VILLAGE, HAMLET), helper(HAMLET), two(VILLAGE), True),
    "two of the smaller commune": (target(VILLAGE, HAMLET), helper(HAMLET), two(HAMLET), False),
    "the group and a larger syndicate, from the syndicate": (target(COUNCIL, WATER), helper(COUNCIL), two(WATER), True),
    "the group alone beside a larger syndicate": (target(COUNCIL, WATER), helper(COUNCIL), two(COUNCIL), False),
    "one of the place, one of elsewhere": (target(VILLAGE), helper(VILLAGE), two(HAMLET), False),
    "the same person twice": (target(COUNCIL, VILLAGE), helper(COUNCIL), helper(VILLAGE, COUNCIL), False),
    "the person among the two": (target(COUNCIL, VILLAGE), helper(COUNCIL), helper(VILLAGE, who=PERSON), False),
    "an administrator, by two of the secretariat": (
        target(VILLAGE, administrator=True),
        helper(VILLAGE),
        two(VILLAGE),
        True,
    ),
    "the secretariat and an administrator": (target(COUNCIL, VILLAGE), helper(COUNCIL), two(administrator=True), False),
    "nowhere, two administrators": (target(), helper(administrator=True), two(administrator=True), True),
    "nowhere, an administrator and an agent": (target(), helper(administrator=True), two(VILLAGE), False),
}


@pytest.mark.asvs("V6.4.4")
@pytest.mark.parametrize("case", PAIRS)
def test_what_two_helpers_may_do_together_in_either_order(case: str) -> None:
    whom, first, second, expected = PAIRS[case]
    assert together(whom, first, second) is expected
    assert together(whom, second, first) is expected


WIDEST = {
    "a group before its communes": ((COUNCIL, VILLAGE, HAMLET), {GROUP}),
    "the most seats": ((VILLAGE, HAMLET), {COMMUNE}),
    "a commune alone": ((HAMLET,), {SMALL}),
    "two that are not one another's": ((COUNCIL, WATER), {SYNDICATE}),
    "nowhere": ((), set()),
}


@pytest.mark.parametrize("case", WIDEST)
def test_where_rights_reach_furthest(case: str) -> None:
    organizations, expected = WIDEST[case]
    assert widest(target(*organizations).seats) == expected


def test_a_group_comes_first_even_with_fewer_seats_than_its_commune() -> None:
    town = Seat(VILLAGE, COMMUNE, GROUP, 99)
    assert widest(frozenset({SEATS[COUNCIL], town})) == {GROUP}


def test_equal_communes_are_equal() -> None:
    twin = Seat(HAMLET, SMALL, GROUP, 15)
    assert widest(frozenset({SEATS[VILLAGE], twin})) == {COMMUNE, SMALL}
