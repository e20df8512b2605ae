"""Which test proves which requirement of OWASP ASVS 5.0 (chapters V6 to V8): read from the marks, told in docs/security.md.

`python -m tests.house.asvs` writes the table anew.
"""

import ast
import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- asvs -->", "<!-- /asvs -->"


@dataclass(frozen=True)
class Requirement:
    """One line of the standard, in our own words, or why it does not apply."""

    id: str
    level: int
    text: str
    reason: str


def requirements() -> list[Requirement]:
    """The requirements we follow: levels 1 and 2, and those of level 3 that the product keeps."""
    with (Path(__file__).parent / "asvs.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Requirement(row["id"], int(row["level"]), row["requirement"], row["not"])
            for row in csv.DictReader(lines, delimiter=";")
        ]


def marks() -> dict[str, list[str]]:
    """The tests of each requirement: those that carry `@pytest.mark.asvs("V6.2.1", …)`."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for requirement in _marked(node):
                    found[requirement].append(f"{path.relative_to(ROOT / 'tests').as_posix()}::{node.name}")
    return found


def table() -> str:
    """The table of the page."""
    proven = marks()
    lines = ["| exigence | niveau | ce qu’elle demande | tests |", "|---|---|---|---|"]
    for one in requirements():
        tests = one.reason and f"sans objet : {one.reason}"
        tests = tests or "<br>".join(f"`{name}`" for name in proven.get(one.id, []))
        lines.append(f"| {one.id} | {one.level} | {one.text} | {tests} |")
    return "\n".join(lines)


def _marked(node: ast.FunctionDef) -> list[str]:
    return [
        str(argument.value)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.asvs"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    ]


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
