"""Two sides measured in turn, again and again; the half of the rounds least disturbed by the rest of the machine is kept."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.processes import Server, busy, cpu_of

S = TypeVar("S")
QUIET, WAIT = 0.25, 0.3  # share of one core used by others; seconds one waits for it at most


def in_turn(sides: Sequence[Callable[[], S]], rounds: int, ours: Callable[[], float]) -> list[list[S]]:
    """The kept rounds: each a list with one sample per side; `ours` says how much processor we used ourselves."""
    pairs: list[tuple[float, list[S]]] = []
    for number in range(rounds):
        _wait_for_quiet(ours)
        samples: list[S | None] = [None] * len(sides)
        began, whole, mine = time.monotonic(), busy(), ours()
        for place in _order(len(sides), number):
            samples[place] = sides[place]()
        seconds = time.monotonic() - began
        foreign = max(0.0, (busy() - whole) - (ours() - mine)) / max(seconds, 0.001)
        pairs.append((foreign, [sample for sample in samples if sample is not None]))
    kept = sorted(pairs, key=lambda pair: pair[0])[: max(3, (rounds + 1) // 2)]
    return [samples for _, samples in kept]


def _order(count: int, number: int) -> list[int]:
    """Who goes first changes at each round."""
    return [(place + number) % count for place in range(count)]


def _wait_for_quiet(ours: Callable[[], float]) -> None:
    ends = time.monotonic() + WAIT
    while time.monotonic() < ends:
        whole, mine, began = busy(), ours(), time.monotonic()
        time.sleep(0.05)
        if (busy() - whole) - (ours() - mine) < QUIET * (time.monotonic() - began):
            return


def our_cpu(*servers: Server) -> Callable[[], float]:
    """Processor used by this process and these servers so far."""
    return lambda: cpu_of(os.getpid()) + sum(server.cpu() for server in servers)


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of some rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of some values."""
        return cls(statistics.median(values), min(values), max(values))
