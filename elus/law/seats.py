"""How many seats, and how they are shared."""

from bisect import bisect_right
from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

_FROM = (
    *(100, 500, 1_500, 2_500, 3_500, 5_000, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 80_000),
    *(100_000, 150_000, 200_000, 250_000, 300_000),
)
_SEATS = (7, 11, 15, 19, 23, 27, 29, 33, 35, 39, 43, 45, 49, 53, 55, 59, 61, 65, 69)


def municipal_seats(population: int) -> int:
    """Councillors of a commune by municipal population (CGCT L2121-2); Paris, Lyon and Marseille have their own texts."""
    if population < 0:
        raise ValueError("a population is never negative")
    return _SEATS[bisect_right(_FROM, population)]


def highest_average(
    populations: Mapping[K, int], seats: int, at_least_one: bool = True, cap: int | None = None
) -> dict[K, int]:
    """Share seats by the highest average, one first for each commune (CGCT L5211-6-1).

    No commune holds more than `cap` seats, by default half of them; on equal averages the more populous commune, then
    the first named, is served.
    """
    cap = seats // 2 if cap is None else cap
    floor = 1 if at_least_one else 0
    if seats < floor * len(populations):
        raise ValueError("fewer seats than communes")
    if seats > cap * len(populations) or floor > cap:
        raise ValueError("the cap leaves seats without a holder")
    if any(population < 0 for population in populations.values()):
        raise ValueError("a population is never negative")
    shared = dict.fromkeys(populations, floor)
    for _ in range(seats - sum(shared.values())):
        open_to = [name for name in populations if shared[name] < cap]
        served = max(open_to, key=lambda name: (Fraction(populations[name], shared[name] + 1), populations[name]))
        shared[served] += 1
    return shared
