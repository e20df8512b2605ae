"""From a pasted text to the titles of an agenda; pure."""

import re
import unicodedata
from datetime import date

from elus.kernel.text import one_line
from elus.meetings.models import ItemKind

LONGEST = 300
_BULLET = r"(?:[•◦▪‣·*●○■□✓✔➢>]+|[–—-](?=\s|[^\W\d]))"
_WORD = r"(?:points?|question|affaire|n\s?[°ºo])\s*(?:n\s?[°ºo]\s*)?"
_NUMBER = r"\d{1,3}(?:\.\d{1,2})*"
_ROMAN = r"[IVX]{1,5}"
_MARKS = re.compile(
    rf"^\s*(?:{_BULLET}\s*)?"
    rf"(?:(?:{_WORD})?(?:{_NUMBER}|{_ROMAN})\s*(?:[°º]?\s*[.):/\]]+(?=\s*\D)|[°º]|\s[–—-]\s|\t)\s*(?:[–—-]\s+)?"
    rf"|{_NUMBER}\.\d{{1,2}}\s+|[a-z]\)\s*)?",
    re.IGNORECASE,
)
_BARE = re.compile(r"^\s*(\d{1,3})\s+(?=\D)")


def titles(text: str) -> list[str]:
    """One title per line, without numbering, bullets or closing semicolons; empty lines are left out."""
    lines = [line for line in text.splitlines() if one_line(line)]
    if counted(lines):
        lines = [_BARE.sub("", line) for line in lines]
    found = (one_line(_MARKS.sub("", line, count=1), 10_000).rstrip(" ;:,") for line in lines)
    return [title for title in found if title]


def counted(lines: list[str]) -> bool:
    """Whether lines carry a bare number each, one after the other: « 1 Tarifs », « 2 Budget »."""
    numbers = [int(found[1]) if (found := _BARE.match(line)) else None for line in lines]
    return len(numbers) > 1 and numbers == list(range(numbers[0] or 0, (numbers[0] or 0) + len(numbers)))


def plain(text: str) -> str:
    """Lower case without accents, for recognising words."""
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


_KINDS = (
    (ItemKind.MINUTES, r"approbation du (proces.verbal|pv\b|compte.rendu)|\bproces.verbal de la (seance|reunion)"),
    (ItemKind.URGENCY, r"^urgence\b|reconnaissance de l.urgence"),
    (ItemKind.QUESTIONS, r"^questions? (diverses?|orales?)|^informations? et questions?"),
    (ItemKind.BUDGET, r"budgets? primitif|projet de budget"),
    (
        ItemKind.INFORMATION,
        r"^(information|communication|presentation|compte.rendu)\b|decisions (prises|du (president|maire))"
        r"|^appel nominal|\bsecretaires? de seance",  # named as the sitting opens (CGCT L2121-15)
    ),
    (ItemKind.ELECTION, r"^(election|designation|nomination) d"),
)
_STANDING = re.compile(
    r"secretaire de seance|appel nominal|decisions (prises|du (president|maire|bureau))|par delegation|^questions? (diverses?|orales?)"
)
_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_DATE = re.compile(rf"\d{{1,2}}(?:er)?\s+(?:{_MONTHS})\s+\d{{4}}", re.IGNORECASE)


def kind_of(title: str) -> ItemKind:
    """The kind a title suggests; a deliberation when it says nothing else."""
    words = plain(title)
    return next((kind for kind, pattern in _KINDS if re.search(pattern, words)), ItemKind.DELIBERATION)


def stands(title: str, kind: ItemKind) -> bool:
    """Whether an item comes back at every sitting (secretary, minutes, decisions by delegation: CGCT L2121-15, L2122-23)."""
    return kind in (ItemKind.MINUTES, ItemKind.QUESTIONS) or bool(_STANDING.search(plain(title)))


def approving(title: str, previous: date) -> str:
    """The title of « approbation du procès-verbal », with the day of the sitting that was just held."""
    number = "1er" if previous.day == 1 else str(previous.day)
    return _DATE.sub(f"{number} {_MONTHS.split('|')[previous.month - 1]} {previous.year}", title, count=1)
