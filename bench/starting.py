"""How long the servers take to give their first answer, and what they hold once they have."""

from collections.abc import Callable

from bench.pairs import Spread, in_turn, our_cpu
from bench.processes import Server, running, wait_until_ready
from bench.table import Section, most_line

ROUNDS = 4


def section(start_ours: Callable[[], Server], start_bare: Callable[[], Server], ports: tuple[int, int]) -> Section:
    """Both started in turn, the same way."""

    def side(start: Callable[[], Server], port: int, path: str) -> Callable[[], tuple[float, int]]:
        def measure() -> tuple[float, int]:
            with running(start()) as server:
                seconds = wait_until_ready(server, port, path)
                return seconds, server.pss()

        return measure

    pairs = in_turn([side(start_ours, ports[0], "/connexion"), side(start_bare, ports[1], "/")], ROUNDS, our_cpu())
    ours, bare = (Spread.of([pair[place][0] for pair in pairs]).median for place in (0, 1))
    held, held_bare = (Spread.of([pair[place][1] for pair in pairs]).median / 1e6 for place in (0, 1))
    return Section(
        "Démarrage (gunicorn, deux processus)",
        [
            most_line("première réponse", f"{ours:.2f} s", f"{bare:.2f} s", ours / bare, 2.5, "fois"),
            most_line("mémoire (PSS)", f"{held:.0f} Mo", f"{held_bare:.0f} Mo", held / held_bare, 2, "fois"),
        ],
    )
