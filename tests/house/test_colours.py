"""Every pair of colours used together is readable, in every theme (WCAG 2.2, 1.4.3 and 1.4.11; 7:1 wanted for text)."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "elus" / "static" / "css" / "tokens.css").read_text()
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-soft") for ground in ("paper", "surface", "sunken")),
    *(("ink", f"{role}-wash") for role in ("hedge", "ochre", "brick", "slate")),
    *((role, f"{role}-wash") for role in ("ochre", "brick", "slate")),
    ("hedge-dark", "hedge-wash"),
    *((role, ground) for role in ("hedge", "brick", "ochre") for ground in ("paper", "surface")),
    ("on-hedge", "hedge"),
]
PARTS = [
    ("line-strong", "surface"),
    ("line-strong", "paper"),
    ("focus", "paper"),
    ("focus", "surface"),
    ("hedge", "surface"),
]


def _themes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r"(:root|\[data-theme=\"\w+\"\]) \{(.*?)\n\s*\}", TOKENS, re.S)
    found = {}
    for selector, body in blocks:
        name = re.sub(r"\W|data|theme", "", selector)
        found[name] = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", body))
    light = found.pop("root")
    return {"light": light, **{name: {**light, **values} for name, values in found.items()}}


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


THEMES = _themes()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(theme: str, ink: str, ground: str) -> None:
    colours = THEMES[theme]
    assert _contrast(colours[ink], colours[ground]) >= 7, f"{_contrast(colours[ink], colours[ground]):.2f}"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("part", "ground"), PARTS)
def test_parts_are_visible(theme: str, part: str, ground: str) -> None:
    colours = THEMES[theme]
    assert _contrast(colours[part], colours[ground]) >= 3, f"{_contrast(colours[part], colours[ground]):.2f}"


def test_the_dark_theme_is_the_same_chosen_or_followed() -> None:
    assert THEMES["dark"] == THEMES["auto"]
