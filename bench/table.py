"""The results, aligned, with the aim of each and a mark where it is missed."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.pairs import Spread


@dataclass(frozen=True)
class Line:
    """One measure: what ours gave, what the limit gave, their ratio and the aim."""

    name: str
    ours: str
    limit: str = ""
    ratio: str = ""
    aim: str = ""
    reached: bool | None = None

    @property
    def verdict(self) -> str:
        return {None: "", True: "oui", False: "NON"}[self.reached]


@dataclass(frozen=True)
class Section:
    """The measures of one job."""

    title: str
    lines: Sequence[Line]


HEAD = Line("", "portail", "limite nue", "rapport (min–max)", "but")


def ratio_line(name: str, ours: str, limit: str, ratio: Spread, least: float | None = None) -> Line:
    """A measure whose ratio must not be under an aim."""
    shown = f"{ratio.median:.2f} ({ratio.least:.2f}–{ratio.most:.2f})"
    if least is None:
        return Line(name, ours, limit, shown)
    return Line(name, ours, limit, shown, f"≥ {least:g}", ratio.median >= least)


def most_line(name: str, ours: str, limit: str, value: float, most: float, unit: str) -> Line:
    """A measure that must not exceed an aim."""
    return Line(name, ours, limit, f"{value:.1f} {unit}".strip(), f"≤ {most:g} {unit}".strip(), value <= most)


def printed(sections: Sequence[Section]) -> str:
    """The whole table as text."""
    lines = [HEAD, *(line for section in sections for line in section.lines)]
    cells = [[line.name, line.ours, line.limit, line.ratio, line.aim, line.verdict] for line in lines]
    widths = [max(len(row[place]) for row in cells) for place in range(6)]
    rows = iter(_row(row, widths) for row in cells)
    out = [next(rows), "─" * (sum(widths) + 10)]
    for section in sections:
        out += [section.title, *(next(rows) for _ in section.lines)]
    missed = sum(line.reached is False for line in lines)
    total = sum(line.reached is not None for line in lines)
    return "\n".join([*out, "", f"{total - missed} buts atteints sur {total}."])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others, last = cells
    middle = [cell.rjust(width) for cell, width in zip(others, widths[1:-1], strict=True)]
    return "  ".join(["  " + first.ljust(widths[0]), *middle, last]).rstrip()
