"""What a council's papers say: one TOML file per item, tables computed so that figures add up."""

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from elus.demo import computed
from elus.demo.territory import DATA, Territory
from elus.demo.typeset import Sheet, Table, french
from elus.kernel.text import number
from elus.meetings.models import ItemKind, Visibility
from elus.organizations.models import Body
from elus.papers.models import PaperKind

SERVICE = "Secrétariat des assemblées – 2 rue de la Citadelle, 79200 Parthenay – 05 36 49 00 10"
KINDS = {
    PaperKind.NOTE: "Note explicative de synthèse",
    PaperKind.REPORT: "Rapport",
    PaperKind.DRAFT_RESOLUTION: "Projet de délibération",
    PaperKind.ANNEX: "Annexe",
    PaperKind.MINUTES: "Procès-verbal",
}
RULES = (
    "Le conseil communautaire se prononce sur ce projet en séance. La délibération adoptée peut être contestée devant le "
    "tribunal administratif de Poitiers dans les deux mois de sa publication."
)


@dataclass(frozen=True)
class Draft:
    """A paper to be set, or drawn when `drawn` names how."""

    kind: PaperKind
    title: str
    sheet: Sheet
    drawn: str = ""  # "", "scan" or "plans"


@dataclass(frozen=True)
class Item:
    """An item of the agenda and its papers."""

    title: str
    summary: str
    rapporteur: int  # 1 for the president, then the rank of the vice-president plus one
    kind: ItemKind
    visibility: Visibility
    closed_session_planned: bool
    sensitive: bool
    papers: list[Draft]


def council(territory: Territory, day: date, rapporteurs: list[str]) -> list[Item]:
    """The 25 items of the ready council; `rapporteurs` by number, as they are named."""
    towns = list(territory.bodies.values())
    years = {"an": str(day.year), **{f"an{n}": str(day.year + n) for n in range(1, 5)}}
    facts = {**years, **computed.facts(towns)}
    files = sorted((DATA / "council").glob("*.toml"))
    return [
        _item(tomllib.loads(_filled(path.read_text(encoding="utf-8"), facts)), place, towns, rapporteurs)
        for place, path in enumerate(files, 1)
    ]


def _filled(text: str, facts: dict[str, str]) -> str:
    return re.sub(r"\{([a-z0-9:]+)\}", lambda found: facts[found[1]], text)


def _item(told: dict[str, Any], place: int, towns: list[Body], rapporteurs: list[str]) -> Item:
    return Item(
        title=french(told["title"]),
        summary=french(told["summary"].strip()),
        rapporteur=told["rapporteur"],
        kind=ItemKind(told.get("kind", "deliberation")),
        visibility=Visibility(told.get("visibility", "members")),
        closed_session_planned=told.get("closed_session_planned", False),
        sensitive=told.get("sensitive", False),
        papers=[
            _paper(paper, place, told["title"], towns, rapporteurs[told["rapporteur"] - 1]) for paper in told["papers"]
        ],
    )


def _paper(told: dict[str, Any], place: int, item: str, towns: list[Body], rapporteur: str) -> Draft:
    kind = PaperKind(told["kind"])
    drawn = "scan" if told.get("scan") else "plans" if told.get("computed") == "plans" else ""
    draft = kind is PaperKind.DRAFT_RESOLUTION
    sheet = Sheet(
        authority="Communauté de communes de Parthenay-Gâtine",
        service=SERVICE,
        kind=KINDS[kind],
        number=f"point n° {place}",
        title=item if kind in (PaperKind.NOTE, PaperKind.DRAFT_RESOLUTION) else told["title"],
        foot=f"Conseil communautaire – point n° {place}",
        meta=[f"Rapport présenté par {rapporteur}"] if kind is not PaperKind.ANNEX else [f"Point n° {place} : {item}"],
        vu=told.get("vu", []),
        considerant=told.get("considerant", []),
        decides="Le conseil communautaire, après en avoir délibéré, décide :",
        articles=told.get("articles", []),
        body=told.get("body", ""),
        end=RULES if draft else "",
        tables={key: table(facts) for key, facts in told.get("tables", {}).items()},
        landscape=told.get("landscape", False),
    )
    if told.get("computed") in computed.MAKERS:
        body, tables = computed.MAKERS[told["computed"]](towns)
        sheet = replace(sheet, body=body, tables=tables)
    return Draft(kind, french(told["title"]), sheet, drawn)


def table(told: dict[str, Any]) -> Table:
    """A table with its figures written in French and, when asked, the sum of its columns."""
    columns, rows = told["columns"], told["rows"]
    decimals = told.get("decimals", [0] * len(columns))
    units = told.get("units", [""] * len(columns))

    def cell(value: str | float, place: int) -> str:
        return value if isinstance(value, str) else figure(value, decimals[place], units[place])

    sums: list[str] = []
    if told.get("total"):
        sums = [
            cell(sum(row[place] for row in rows), place) if _adds(rows, place) else "" for place in range(len(columns))
        ]
        sums[0] = "Total"
    return Table(
        caption=told["caption"],
        columns=columns,
        align=list(told.get("align", "l" * len(columns))),
        rows=[[cell(value, place) for place, value in enumerate(row)] for row in rows],
        total=sums,
        widths=told.get("widths", [1] * len(columns)),
        source=told.get("source", ""),
    )


def _adds(rows: list[list[Any]], place: int) -> bool:
    return all(isinstance(row[place], int | float) for row in rows)


def figure(value: float, decimals: int, unit: str) -> str:
    """« 1 250,50 € », a real minus sign before what is taken away."""
    sign = "– " if value < 0 else ""
    whole, _, part = f"{abs(value):.{decimals}f}".partition(".")
    text = number(int(whole)) + (f",{part}" if part else "")
    return f"{sign}{text}" + (f"\u00a0{unit}" if unit else "")
