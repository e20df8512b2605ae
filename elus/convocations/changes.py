"""What changed in the papers since the version people hold (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elus.convocations.agenda import Agenda


@dataclass(frozen=True)
class Change:
    """One difference, as a letter tells it."""

    code: str  # added, replaced, withdrawn, day, hour, place
    number: int | None = None
    title: str = ""
    pages: int | None = None
    before: str = ""
    after: str = ""


def of_papers(manifest: Mapping[str, Any], agenda: Agenda) -> list[Change]:
    """The papers added, replaced or withdrawn since a manifest, in the order of the agenda."""
    held = {paper["id"]: (point["number"], paper) for point in manifest["agenda"] for paper in point["papers"]}
    found = []
    for point, piece, copy in agenda.leaving:
        if point.restricted:
            continue
        _, before = held.get(str(piece.paper_id), (0, None))
        if before is None:
            found.append(Change("added", point.number, piece.title, copy.pages))
        elif before["sha256"] != copy.sha256:
            found.append(Change("replaced", point.number, piece.title, copy.pages))
    kept = {str(piece.paper_id) for _, piece, _ in agenda.leaving}
    gone = [Change("withdrawn", number, paper["title"]) for id, (number, paper) in held.items() if id not in kept]
    return found + gone
