"""Lists of fifty lines a page: the number asked for in an address, and the address without what it need not say."""

from typing import Any

FURTHEST = 1000


def number(said: str) -> int:
    """The page asked for; the first one when what was said is no number, never beyond the thousandth."""
    found = int(said) if said.isascii() and said.isdecimal() and len(said) < 5 else 1
    return min(max(found, 1), FURTHEST)


def kept(asked: dict[str, Any]) -> dict[str, Any]:
    """What the next address must say: neither empty filters nor the first page."""
    return {name: value for name, value in asked.items() if value and value != 1}
