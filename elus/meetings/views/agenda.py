"""The agenda as HTML: what everybody reads is rendered once for the same rows, then each reader's own states are put in.

Kept by content, not by name: other rows are another key, so nothing has to be invalidated.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup

from elus.kernel.text import short_day
from elus.meetings.models import Visibility
from elus.reading.dossier import Contents, Dossier, Row, by_item, is_changed

KEPT = 128
_MARK = re.compile("\x00([0-9a-f-]{36})\x00")  # no title holds a NUL: titles are cleaned lines
_INDENT = re.compile(r"\n\s+")
FORMATS = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.oasis.opendocument.text": "texte ODT",
    "application/vnd.oasis.opendocument.spreadsheet": "tableur ODS",
}


@dataclass(frozen=True)
class PaperLine:
    """A paper in its latest version, and the one it replaced."""

    current: Row
    previous: Row | None

    @property
    def format(self) -> str:
        return FORMATS.get(self.current.media_type or "", "fichier")

    @property
    def inline(self) -> bool:
        """Whether a browser shows it; the rest is downloaded."""
        return self.current.media_type == "application/pdf"

    @property
    def mark(self) -> str:
        """Where the reader's own state will stand."""
        return f"\x00{self.current.file_id}\x00"


@dataclass(frozen=True)
class ItemBlock:
    """One item of the agenda with its papers."""

    row: Row
    papers: tuple[PaperLine, ...]
    reserved: bool


def agenda(dossier: Dossier, meeting_id: uuid.UUID, since: datetime | None, *, by_secretariat: bool) -> Markup:
    """The agenda of a meeting published at `since`, for this reader."""
    pieces = list(_pieces(dossier.contents, meeting_id, since, by_secretariat))
    read = _tag("Lu", "done")
    for place in range(1, len(pieces), 2):
        file_id, unread = pieces[place]
        pieces[place] = read if file_id in dossier.opened else unread
    return Markup("".join(pieces))  # noqa: S704 — rendered by Jinja, piece by piece


@lru_cache(maxsize=KEPT)
def _pieces(contents: Contents, meeting_id: uuid.UUID, since: datetime | None, by_secretariat: bool) -> tuple[Any, ...]:
    """HTML and, in every second place, a file with the state it has before being read."""
    html = render_template("meetings/_agenda.html", items=_blocks(contents, by_secretariat), meeting_id=meeting_id)
    files = {str(row.file_id): (row.file_id, _before_reading(row, since)) for row in contents.current}
    return tuple(files[piece] if n % 2 else piece for n, piece in enumerate(_MARK.split(_INDENT.sub("\n", html))))


def _before_reading(row: Row, since: datetime | None) -> str:
    if row.shown_since and is_changed(row, since):
        return _tag(f"Modifié le {short_day(row.shown_since)}", "changed")
    return _tag("Nouveau", "new")


def _blocks(contents: Contents, by_secretariat: bool) -> list[ItemBlock]:
    blocks = []
    for lines in by_item(contents.rows):
        reserved = lines[0].visibility is Visibility.RESTRICTED and not by_secretariat
        versions = [list(same) for _, same in groupby(lines, key=lambda row: row.paper_id)]
        papers = tuple(
            PaperLine(same[-1], same[-2] if len(same) > 1 else None) for same in versions if same[-1].file_id
        )
        blocks.append(ItemBlock(lines[0], papers, reserved))
    return blocks


@lru_cache(maxsize=KEPT)
def _tag(word: str, kind: str) -> str:
    module: Any = current_app.jinja_env.get_template("parts/tag.html").module
    return str(module.tag(word, kind)).strip()
