"""Papers as typst sets them: tagged PDF/A-2a and PDF/UA-1, in memory, always the same for the same content."""

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from elus.kernel.text import nbsp

TEMPLATES = Path(__file__).parent / "typst"
EPOCH = datetime(2026, 3, 23, tzinfo=UTC)
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_UNITS = re.compile(
    r"(?<=\d) (?=(?:€|%|m³|m²|km|ha|kWh|MWh|ans?|mois|jours?|heures?|agents?|tonnes?|t|kg|places?)\b|€|%)"
)


@dataclass(frozen=True)
class Table:
    """A table ready to be set: texts only, the total in its own row."""

    caption: str
    columns: list[str]
    align: list[str]
    rows: list[list[str]]
    total: list[str] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    source: str = ""
    dense: bool = False


@dataclass(frozen=True)
class Sheet:
    """What a paper says, in the order it is read."""

    authority: str
    service: str
    kind: str
    title: str
    foot: str
    number: str = ""
    meta: list[str] = field(default_factory=list)
    intro: str = ""
    vu: list[str] = field(default_factory=list)
    considerant: list[str] = field(default_factory=list)
    body: str = ""
    decides: str = ""
    articles: list[str] = field(default_factory=list)
    end: str = ""
    tables: dict[str, Table] = field(default_factory=dict)
    landscape: bool = False


def french(text: str) -> str:
    """The apostrophes and no-break spaces that a careful typist would have put."""
    spaced = _UNITS.sub("\u00a0", _THOUSANDS.sub("\u202f", text.replace("'", "’")))
    return nbsp(spaced).replace("n° ", "n°\u00a0").replace("M. ", "M.\u00a0").replace("Mme ", "Mme\u00a0")


def deep(value: Any) -> Any:
    """The same structure, its texts in French typography."""
    if isinstance(value, str):
        return french(value)
    if isinstance(value, list):
        return [deep(part) for part in value]
    if isinstance(value, dict):
        return {key: deep(part) for key, part in value.items()}
    return value


@cache
def _compiler(root: Path) -> typst.Compiler:
    return typst.Compiler(input=TEMPLATES / "paper.typ", root=root, ignore_system_fonts=True)


def pdf(sheet: Sheet) -> bytes:
    """The paper as a PDF that screen readers follow (ISO 14289-1)."""
    return _compile(_compiler(TEMPLATES), sheet)


def pdf_with_images(sheet: Sheet, folder: Path) -> bytes:
    """The same, with the images of a folder."""
    (folder / "paper.typ").write_text((TEMPLATES / "paper.typ").read_text(encoding="utf-8"), encoding="utf-8")
    compiler = typst.Compiler(input=folder / "paper.typ", root=folder, ignore_system_fonts=True)
    return _compile(compiler, sheet)


def _compile(compiler: typst.Compiler, sheet: Sheet) -> bytes:
    made = compiler.compile(
        format="pdf",
        sys_inputs={"paper": json.dumps(deep(asdict(sheet)), ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=EPOCH,
    )
    assert isinstance(made, bytes)
    return made
