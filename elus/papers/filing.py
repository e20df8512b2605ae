"""What a file name says: « 12-A1_plan_de_zonage.pdf » is the first annex of item 12; pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from elus.kernel.text import one_line
from elus.papers.models import PaperKind

LONGEST = 150
EXTENSIONS = {".pdf", ".docx", ".xlsx", ".odt", ".ods"}
ORDER = {
    PaperKind.MINUTES: 0,
    PaperKind.NOTE: 1,
    PaperKind.REPORT: 2,
    PaperKind.DRAFT_RESOLUTION: 3,
    PaperKind.ANNEX: 4,
}
_DATE = re.compile(r"\d{1,2}[-_. ]\d{1,2}[-_. ](\d{4}|\d{2})(?!\d)")
_NUMBERED = re.compile(
    r"(?:(?:point|pt|n°|no)[-_. ]*)?0*(?P<item>\d{1,3})(?!\d)"
    r"(?:[-_. ]*(?:annexe|ann|pj|a)[-_. ]*0*(?P<annex>\d{1,2})(?![\da-z]))?"
    r"(?P<mark>[-_.)–— ]+|$)(?P<rest>.*)",
    re.IGNORECASE,
)
_WORDS = (
    (PaperKind.MINUTES, re.compile(r"\b(pv|proces[ -]verbal|compte[ -]rendu)\b")),
    (PaperKind.ANNEX, re.compile(r"\b(annexe|pj|piece jointe)\b")),
    (PaperKind.DRAFT_RESOLUTION, re.compile(r"\b(projet de deliberation|deliberation|delib)\b")),
    (PaperKind.NOTE, re.compile(r"\bnote\b")),
    (PaperKind.REPORT, re.compile(r"\brapport\b")),
)


@dataclass(frozen=True)
class Filing:
    """Where a file belongs, as far as its name tells."""

    title: str
    kind: PaperKind
    item: int | None = None
    annex: int | None = None
    certain: bool = False  # numbered with a mark of its own: it files itself; else the place is only proposed

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among the papers of one item: note, report, draft resolution, annexes by number."""
        return ORDER[self.kind], self.annex or 0


def stored_name(name: str) -> str:
    """The name as kept: its last part, one line, bounded, its extension spared; it never becomes a path."""
    line = one_line(re.split(r"[/\\]", name.replace("\0", " "))[-1], 1000).strip(". ")
    end = PurePosixPath(line).suffix if len(PurePosixPath(line).suffix) <= 6 else ""
    return line if len(line) <= LONGEST else line[: LONGEST - len(end)].rstrip() + end


def read_name(name: str) -> Filing:
    """The item, kind, annex and title that a name tells; never fails."""
    stem = _stem(stored_name(name))
    found = None if _DATE.match(stem) else _NUMBERED.match(stem)
    if found is None:
        return Filing(title=_title(stem, stem), kind=_kind(stem, None))
    annex = int(found["annex"]) if found["annex"] else None
    return Filing(
        title=_title(found["rest"], stem),
        kind=_kind(found["rest"], annex),
        item=int(found["item"]) or None,
        annex=annex,
        certain=annex is not None or bool(set("-_.)–—") & set(found["mark"])) or not found["rest"],
    )


def proposed_item(name: str, titles: Sequence[str]) -> int | None:
    """The item, numbered from 1, that a name seems to be about: its own number, else the words it shares with a title."""
    filing = read_name(name)
    if filing.item and filing.item <= len(titles):
        return filing.item
    mine = _significant(filing.title)
    shared = [len(mine & _significant(title)) for title in titles]
    best = max(shared, default=0)
    enough = best >= 2 or (best == 1 and len(mine) <= 2)
    return shared.index(best) + 1 if enough and shared.count(best) == 1 else None


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in EXTENSIONS else name


def _title(rest: str, stem: str) -> str:
    words = " ".join(rest.replace("_", " ").split()).strip(" -–—.")
    words = words or " ".join(stem.replace("_", " ").split()) or "?"
    return words[0].upper() + words[1:]


def _kind(rest: str, annex: int | None) -> PaperKind:
    if annex is not None:
        return PaperKind.ANNEX
    plain = _plain(rest)
    return next((kind for kind, word in _WORDS if word.search(plain)), PaperKind.REPORT)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace("_", " ")).casefold()
    return " ".join("".join(sign for sign in letters if not unicodedata.combining(sign)).split())


def _significant(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]{4,}", _plain(text)) if word not in _HOLLOW}


_HOLLOW = {"note", "rapport", "annexe", "projet", "pour", "dans", "avec", "synthese", "deliberation", "point"}
