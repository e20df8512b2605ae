"""Text as our fonts can set it: PDF/A-2a refuses a page with a single missing character.

Only what is printed passes here; mails and pages show what was typed.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from elus.kernel.typesetter import CannotTypeset, typeset

MISSING = "□"
"""Something stood here that no font has."""

# Word writes a sign of the fonts Symbol and Wingdings as the private character F000 + its place in the font.
_WORD = {
    **dict.fromkeys((0x6C, 0x9F, 0xB7), "•"),
    **dict.fromkeys((0x6E, 0xA7), "▪"),
    **dict.fromkeys((0x6F, 0x71, 0x72, 0xA8), "□"),
    **dict.fromkeys((0xD8, 0xE0, 0xE8, 0xF0), "→"),
    **dict.fromkeys((0xFC, 0xFE), "✓"),
    **dict.fromkeys((0xFB, 0xFD), "✗"),
    0x20: " ",
    0x2D: "–",
    0x76: "❖",
    0xB0: "°",
    0xB1: "±",
    0xB4: "×",
}  # fmt: skip
_SIGNS = {
    **{chr(0xF000 + place): sign for place, sign in _WORD.items()},
    "✅": "✓", "❌": "✗", "❓": "?", "❔": "?", "❗": "!", "❕": "!", "➕": "+", "➖": "–", "➗": "÷", "\n": "\n",
}  # fmt: skip
_BY_CATEGORY = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Co": MISSING, "Cs": MISSING}
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PICTOGRAPH = re.compile("[\u2600-\u277f\U0001f000-\U0001faff]")
_UNUSUAL = re.compile("[^\n -~\u00a0-\u00ac\u00ae-\u024f–—‘’“”…\u202f€]")
_PROBE = b"""#let data = json(bytes(sys.inputs.data))
#set document(title: "probe", date: datetime(year: 2026, month: 1, day: 1))
#set text(lang: "fr", font: "Libertinus Serif")
#data #strong(data)"""
_ITS_OWN_FONT = b"#set text(fallback: false)\n" + _PROBE


def printable(content: Any) -> Any:
    """The same structure, every text of which can be set."""
    if isinstance(content, str):
        return printable_text(content)
    if isinstance(content, dict):
        return {key: printable(value) for key, value in content.items()}
    if isinstance(content, list):
        return [printable(value) for value in content]
    return content


def printable_text(typed: str) -> str:
    """Signs of Word by their meaning, no emoji, `MISSING` for any other character that no font has."""
    if not _UNUSUAL.search(typed):
        return typed
    known = unicodedata.normalize("NFC", "".join(_sign(character) for character in typed))
    shown = re.sub(" {2,}", " ", "".join(_shown(cluster) for cluster in _clusters(known))).strip(" ")
    if typed.strip() and not shown:
        return MISSING
    # Clusters that are set alone may still be refused side by side, in scripts that no French authority writes.
    for near in (shown, _unmarked(shown)):
        if _accepts(_PROBE, near):
            return near
    return _UNUSUAL.sub(MISSING, shown)


def _sign(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    return "" if _VARIATION.match(character) else _BY_CATEGORY.get(unicodedata.category(character), character)


def _clusters(text: str) -> Iterator[str]:
    """Each character with the marks that combine with it."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or unicodedata.category(text[end])[0] != "M":
            yield text[start:end]
            start = end


def _unmarked(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character)[0] != "M")


@lru_cache(maxsize=4096)
def _shown(cluster: str) -> str:
    """The nearest to a cluster that the fonts can set: itself, without its marks, spelled out, or a sign for it."""
    base = cluster[0]
    spelled = unicodedata.normalize("NFKC", base)
    for near in dict.fromkeys((cluster, base, spelled)):
        if _settable(near):
            return near
    return "" if _PICTOGRAPH.match(base) else MISSING


def _settable(cluster: str) -> bool:
    """Whether typst sets it; a mark found in another font than its letter would make the letter vanish unsaid."""
    at_home = {_accepts(_ITS_OWN_FONT, character) for character in cluster}
    return at_home == {True} or (at_home == {False} and _accepts(_PROBE, cluster))


def _accepts(probe: bytes, text: str) -> bool:
    try:
        typeset(probe, text)
    except CannotTypeset:
        return False
    return True
