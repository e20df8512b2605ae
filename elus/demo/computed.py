"""Long annexes computed from the communes: figures drawn once with a seed, and their sums."""

import random
from collections.abc import Callable
from functools import cache

from elus.demo.typeset import Table
from elus.kernel.text import number
from elus.organizations.models import Body

Pages = tuple[str, dict[str, Table]]
STOP_YEAR_COST = 180  # euros a bus shelter
PLACES = (
    *("Route de Parthenay", "Rue du Lavoir", "Chemin des Chênes", "La Petite Métairie", "Rue de l’Église", "La Grange"),
    *("Le Moulin Neuf", "Route de la Forêt", "Rue des Tilleuls", "La Pointe", "Le Bois Joli", "Impasse du Four"),
    *("Chemin de la Fontaine", "La Roche", "Rue du Stade", "Le Pressoir", "Les Quatre Vents", "Route de Thouars"),
    *("La Vallée", "Le Champ du Noyer", "Rue de la Poste", "La Croix Blanche", "Le Puy", "Rue des Écoles"),
    *("Chemin creux de la Noue", "La Touche", "Le Plessis", "Rue du Calvaire", "La Bergerie", "Le Grand Pré"),
)
MATERIALS = (
    ("Fonte grise", (60, 80, 100), (1932, 1964)),
    ("Amiante-ciment", (80, 100, 150), (1955, 1974)),
    ("PVC collé", (53, 63, 90), (1962, 1980)),
    ("PVC à joint", (63, 90, 110, 140), (1981, 2008)),
    ("Fonte ductile", (100, 125, 150, 200), (1978, 2022)),
    ("PEHD", (50, 63, 90, 125), (1998, 2025)),
)
A_PAGE = 32  # rows of an inventory page under its heading


def facts(towns: list[Body]) -> dict[str, str]:
    """What texts quote of the computed tables."""
    balances = [sum(row) for row in compensation_rows(towns)]
    return {
        "compensation:positive": str(sum(balance > 0 for balance in balances)),
        "compensation:negative": str(sum(balance <= 0 for balance in balances)),
        "compensation:net": number(sum(balances)).replace("\u202f", " "),
    }


def compensation_rows(towns: list[Body]) -> list[list[int]]:
    """For each commune: taxes given back, then what each transferred task takes off."""
    draw = random.Random(79)  # noqa: S311 — fiction
    rows = []
    for town in towns:
        people = town.population
        taxes = round(people * draw.uniform(24, 96))
        charges = [round(people * draw.uniform(low, high)) for low, high in ((11, 19), (6, 12), (3, 6), (2, 4))]
        stops = max(1, people // 160)
        rows.append([taxes, *(-charge for charge in charges), -stops * STOP_YEAR_COST])
    return rows


def compensation(towns: list[Body]) -> Pages:
    """One row a commune, in alphabetical order."""
    rows = sorted(zip((town.name for town in towns), compensation_rows(towns), strict=True), key=lambda row: row[0])
    sums = [sum(values) for values in zip(*(row for _name, row in rows), strict=True)]
    shown = Table(
        caption="Attributions de compensation définitives (en euros)",
        columns=[
            *("Commune", "Fiscalité reversée", "Voirie", "Petite enfance", "Équipements sportifs", "Urbanisme"),
            *("Abribus", "Attribution"),
        ],
        align=list("lrrrrrrr"),
        rows=[[name, *map(_signed, row), _signed(sum(row))] for name, row in rows],
        total=["Total", *map(_signed, sums), _signed(sum(sums))],
        widths=[2.6, 1.3, 1, 1.1, 1.4, 1.1, 1, 1.2],
        source="Une attribution négative est due par la commune. Abribus : 180 € l’un, évalués par la commission locale.",
    )
    return '#tableau("communes")', {"communes": shown}


def _signed(value: int) -> str:
    return f"– {number(-value)}" if value < 0 else number(value)


@cache
def _pages(populations: tuple[int, ...]) -> list[int]:
    """Pages of each commune: one each, 21 more shared by population."""
    pages = [1] * len(populations)
    for _ in range(21):
        served = max(range(len(pages)), key=lambda n: populations[n] / pages[n])
        pages[served] += 1
    return pages


def pipes(towns: list[Body]) -> Pages:
    """The inventory of water mains, section by section (CGCT L2224-7-1)."""
    draw = random.Random(1967)  # noqa: S311 — fiction
    tables: dict[str, Table] = {}
    parts, recap = [], []
    for town, pages in zip(towns, _pages(tuple(town.population for town in towns)), strict=True):
        sections = [_section(draw, n) for n in range(1, pages * A_PAGE + (pages - 1) * 6)]
        length, old = sum(row[2] for row in sections), sum(row[2] for row in sections if row[1] < 1980)
        recap.append((town.name, len(sections), length, old))
        key = f"c{town.insee}"
        tables[key] = Table(
            caption=f"Conduites de {town.name} : {number(len(sections))} tronçons, {number(length)} m",
            columns=[
                "N°",
                "Voie ou lieu-dit",
                "Matériau",
                "Diamètre (mm)",
                "Pose",
                "Longueur (m)",
                "Casses",
                "Priorité",
            ],
            align=list("rllrrrcc"),
            rows=[row[0] for row in sections],
            total=["", "Total", "", "", "", number(length), str(sum(row[3] for row in sections)), ""],
            widths=[0.6, 3, 1.8, 1.1, 0.8, 1.2, 0.9, 1],
            dense=True,
        )
        parts.append(f'#pagebreak(weak: true)\n= {town.name}\n#tableau("{key}")')
    tables["recap"] = _recap(recap)
    return _pipes_intro(recap) + "\n".join(parts), tables


def _section(draw: random.Random, place: int) -> tuple[list[str], int, int, int]:
    material, diameters, (first, last) = draw.choices(MATERIALS, (12, 8, 22, 30, 14, 14))[0]
    year, diameter, length = draw.randint(first, last), draw.choice(diameters), draw.randint(60, 1180)
    breaks = draw.choices((0, 1, 2, 3, 5), (4, 3, 2, 1, 1) if year < 1980 else (14, 3, 1, 0, 0))[0]
    rank = "1" if year < 1980 and breaks >= 2 else "2" if year < 1980 or breaks >= 2 else "3"
    cells = [str(place), draw.choice(PLACES), material, str(diameter), str(year), number(length), str(breaks), rank]
    return cells, year, length, breaks


def _recap(recap: list[tuple[str, int, int, int]]) -> Table:
    count, length, old = sum(row[1] for row in recap), sum(row[2] for row in recap), sum(row[3] for row in recap)

    def line(name: str, sections: int, metres: int, aged: int) -> list[str]:
        return [name, number(sections), number(metres), number(aged), f"{100 * aged / metres:.1f}".replace(".", ",")]

    return Table(
        caption="Récapitulation par commune",
        columns=["Commune", "Tronçons", "Longueur (m)", "dont posés avant 1980 (m)", "Part (%)"],
        align=list("lrrrr"),
        rows=[line(*row) for row in recap],
        total=line("Total", count, length, old),
        widths=[3, 1, 1.3, 2, 1],
        dense=True,
    )


def _pipes_intro(recap: list[tuple[str, int, int, int]]) -> str:
    length, old = sum(row[2] for row in recap), sum(row[3] for row in recap)
    return f"""
= Objet
Le descriptif détaillé des ouvrages de transport et de distribution d'eau potable est tenu à jour chaque année
(article L2224-7-1 du code général des collectivités territoriales). Il recense {number(length)} m
de conduites, dont {number(old)} m posés avant 1980.

= Lecture
- *Casses* : nombre de réparations sur le tronçon au cours des cinq dernières années.
- *Priorité 1* : conduite posée avant 1980 et réparée deux fois au moins ; à renouveler dans les trois ans.
- *Priorité 2* : conduite posée avant 1980, ou réparée deux fois au moins ; à surveiller.
- *Priorité 3* : pas de renouvellement prévu avant dix ans.

Les longueurs viennent du système d'information géographique. Les années de pose antérieures à 1960
sont estimées d'après les délibérations et les plans de récolement.

#pagebreak()
#tableau("recap")
"""


def climate(towns: list[Body]) -> Pages:
    """The 42 actions of the climate plan and how far each has come."""
    from elus.demo.climate import ACTIONS, STATES

    tables, parts = {}, []
    for place, (axis, actions) in enumerate(ACTIONS.items(), 1):
        key = f"axe{place}"
        tables[key] = Table(
            caption=axis,
            columns=["N°", "Action", "Indicateur", "Résultat", "État"],
            align=list("rllll"),
            rows=[
                [f"{place}.{n}", title, measure, result, STATES[state]]
                for n, (title, measure, result, state) in enumerate(actions, 1)
            ],
            widths=[0.6, 3.4, 2.6, 1.5, 1.2],
            dense=True,
        )
        parts.append(f'= Axe {place}\n#tableau("{key}")')
    return "\n".join(parts), tables


MAKERS: dict[str, Callable[[list[Body]], Pages]] = {"pipes": pipes, "compensation": compensation, "climate": climate}
