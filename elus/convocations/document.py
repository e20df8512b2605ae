"""The convocation as a PDF: typeset by typst from the frozen manifest alone, tagged, PDF/A-2a and PDF/UA-1."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template

from elus.kernel.glyphs import printable
from elus.kernel.typesetter import typeset

HERE = Path(__file__).parent
ARTICLES = {
    "commune_lt_3500": "L2121-10 et L2121-11",
    "commune_ge_3500": "L2121-10 et L2121-12",
    "commune_alsace_moselle": "L2541-2 et L2121-10",
    "epci_council": "L2121-10, L2121-12 et L5211-1",
    "epci_bureau_delegated": "L2121-10, L2121-12, L5211-1 et L5211-10",
    "syndicat_mixte_ferme": "L2121-10, L2121-12, L5211-1 et L5711-1",
    "departement": "L3121-14 et L3121-19",
    "region": "L4132-13 et L4132-18",
    "ccas": "CASF",
    "cias": "CASF",
}
VOTING = frozenset(ARTICLES)  # assemblies where one may give a written power
_TOWN = re.compile(r"\b\d{5} ([^\d,]+)$")


@dataclass(frozen=True)
class Addressed:
    """One printed letter: the name, the lines of the address, whether the person is a substitute."""

    name: str
    address: tuple[str, ...]
    substitute: bool


def convocation(manifest: Mapping[str, Any]) -> bytes:
    """The convocation to seal; the same manifest always gives the same bytes."""
    return _typeset("document.typ", {**_content(manifest), "preview": False})


def preview(manifest: Mapping[str, Any]) -> bytes:
    """The same, marked « Aperçu » across the page."""
    content = _content(manifest)
    title = f"{content['words']['preview']} – {content['title']}"
    return _typeset("document.typ", {**content, "title": title, "preview": True})


def batch(manifest: Mapping[str, Any], people: Sequence[Addressed]) -> bytes:
    """One printable letter per person, in one document."""
    content = _content(manifest)
    letters = [
        {
            "name": who.name,
            "address": list(who.address),
            "greeting": f"{who.name},",
            "paragraphs": [content["words"]["substitute"]] if who.substitute else [],
        }
        for who in people
    ]
    return _typeset("batch.typ", {**content, "letters": letters})


def _typeset(name: str, content: Mapping[str, Any]) -> bytes:
    return typeset((HERE / name).read_bytes(), printable(content))


def _content(manifest: Mapping[str, Any]) -> dict[str, Any]:
    meeting = manifest["meeting"]
    words = _words(manifest)
    local = datetime.fromisoformat(manifest["leaves_at"]).astimezone(ZoneInfo(meeting["zone"]))
    return {
        "title": words["title"],
        "body": meeting["body"],
        "address": meeting["address"],
        "organization": meeting["organization"],
        "place": meeting["place"],
        "when": words["when"],
        "done": words["done"],
        "date": {"year": local.year, "month": local.month, "day": local.day},
        "author": manifest["author"],
        "paragraphs": words["paragraphs"],
        "mentions": words["mentions"],
        "words": words,
        "points": [
            {
                "number": point["number"],
                "title": point["title"],
                "note": words["closed"] if point["closed_session_planned"] else "",
            }
            for point in manifest["agenda"]
        ],
    }


def _words(manifest: Mapping[str, Any]) -> dict[str, Any]:
    meeting = manifest["meeting"]
    town = _TOWN.search(meeting["address"])
    said: dict[str, Any] = json.loads(
        render_template(
            "convocations/document.json",
            manifest=manifest,
            meeting=meeting,
            starts_at=datetime.fromisoformat(meeting["starts_at"]),
            leaves_at=datetime.fromisoformat(manifest["leaves_at"]),
            town=town[1].strip() if town else "",
            articles=ARTICLES.get(meeting["regime_type"], ""),
            notes=sum(paper["kind"] == "note" for point in manifest["agenda"] for paper in point["papers"]),
            voting=meeting["regime_type"] in VOTING,
        )
    )
    return said
