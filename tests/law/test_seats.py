"""Legal numbers of councillors, and seats shared by the highest average."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from elus.law.seats import highest_average, municipal_seats

populations = some.dictionaries(some.integers(0, 10_000), some.integers(0, 200_000), min_size=3, max_size=40)


@pytest.mark.parametrize(
    ("population", "seats"),
    [
        (0, 7), (99, 7), (100, 11), (499, 11), (500, 15), (1_499, 15), (1_500, 19), (2_499, 19), (2_500, 23),
        (3_499, 23), (3_500, 27), (4_999, 27), (5_000, 29), (9_999, 29), (10_000, 33), (10_121, 33), (19_999, 33),
        (20_000, 35), (30_000, 39), (40_000, 43), (50_000, 45), (60_000, 49), (80_000, 53), (100_000, 55),
        (150_000, 59), (200_000, 61), (250_000, 65), (299_999, 65), (300_000, 69), (2_000_000, 69),
    ],
)  # fmt: skip
def test_a_commune_has_the_legal_number_of_councillors(population: int, seats: int) -> None:
    assert municipal_seats(population) == seats


@given(some.integers(0, 3_000_000), some.integers(0, 3_000_000))
def test_a_larger_commune_never_has_fewer_councillors(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert municipal_seats(small) <= municipal_seats(large)
    assert municipal_seats(small) % 2 == 1


def test_a_negative_population_is_refused() -> None:
    with pytest.raises(ValueError, match="never negative"):
        municipal_seats(-1)
    with pytest.raises(ValueError, match="never negative"):
        highest_average({"a": 1, "b": -1}, 4)


@given(populations, some.integers(3, 120))
def test_every_seat_is_shared_each_has_one_and_none_more_than_half(communes, seats) -> None:
    assume(seats >= len(communes))
    shared = highest_average(communes, seats)
    assert sum(shared.values()) == seats
    assert list(shared) == list(communes)
    assert all(1 <= held <= seats // 2 for held in shared.values())


@given(populations, some.integers(3, 120))
def test_a_larger_commune_never_holds_fewer_seats(communes, seats) -> None:
    assume(seats >= len(communes))
    shared = highest_average(communes, seats)
    ordered = sorted(communes, key=lambda name: communes[name])
    for smaller, larger in pairwise(ordered):
        if communes[smaller] < communes[larger]:
            assert shared[smaller] <= shared[larger]


@given(populations, some.integers(3, 120))
def test_no_other_commune_had_a_higher_average_for_the_last_seat(communes, seats) -> None:
    assume(seats >= len(communes))
    shared = highest_average(communes, seats)
    last = [Fraction(communes[name], held) for name, held in shared.items() if held > 1]
    waiting = [Fraction(communes[name], held + 1) for name, held in shared.items() if held < seats // 2]
    if last and waiting:
        assert min(last) >= max(waiting)


@given(populations, some.integers(3, 120))
def test_one_seat_more_takes_none_from_anybody(communes, seats) -> None:
    assume(seats >= len(communes))
    before, after = (highest_average(communes, n, cap=n + 1) for n in (seats, seats + 1))
    assert all(before[name] <= after[name] for name in communes)


def test_shared_without_a_seat_for_each_a_hamlet_may_have_none() -> None:
    assert highest_average({"ville": 9_000, "bourg": 900, "hameau": 10}, 10, at_least_one=False, cap=9) == {
        "ville": 9, "bourg": 1, "hameau": 0,
    }  # fmt: skip


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer seats"):
        highest_average({"a": 1, "b": 1, "c": 1}, 2)
    with pytest.raises(ValueError, match="cap"):
        highest_average({"a": 10}, 4)
