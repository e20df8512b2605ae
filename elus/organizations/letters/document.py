"""The PDF of printed letters: typeset by typst, tagged, PDF/A-2a and PDF/UA-1, one page a person."""

import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import get_template_attribute, render_template

from elus.identity.sealed import in_groups
from elus.kernel.clock import local_day
from elus.kernel.glyphs import printable
from elus.kernel.typesetter import typeset
from elus.organizations.letters.queries import Told

SOURCE = Path(__file__).with_name("letter.typ")
INK = "#1d4d3a"
PICTURES = ("square", "yes", "face", "sheet")


def letters(people: Sequence[tuple[Told, str]], *, public_url: str, until: datetime, at: datetime) -> bytes:
    """One letter per person with their code, in the order given; always printable, whatever the names hold."""
    day = local_day(at)
    picture = get_template_attribute("parts/picture.html", "picture")
    return typeset(
        SOURCE.read_bytes(),
        {
            "title": render_template("organizations/letters/title.txt").strip(),
            "author": printable(people[0][0].sender),
            "date": {"year": day.year, "month": day.month, "day": day.day},
            "pictures": {name: _for_paper(str(picture(name))) for name in PICTURES},
            "letters": [_letter(who, code, public_url, until, at) for who, code in people],
        },
    )


def _letter(who: Told, code: str, public_url: str, until: datetime, at: datetime) -> dict[str, Any]:
    parts = urlsplit(public_url)
    words = json.loads(
        render_template(
            "organizations/letters/words.json", who=who, place=f"{parts.netloc}/bienvenue", until=until, at=at
        )
    )
    told = {
        "name": who.name,
        "address": list(who.address),
        "sender": who.sender,
        "sender_address": who.sender_address,
        "words": words,
    }
    return {**printable(told), "code": in_groups(code), "square": _square(f"{public_url}/bienvenue/{code}")}


def _square(address: str) -> str:
    """The QR code of an address (ISO/IEC 18004), quiet zone included, as SVG."""
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        image, kind="svg", border=4, light="#fff", svgclass=None, lineclass=None
    )
    return image.getvalue().decode()


def _for_paper(drawing: str) -> str:
    """A drawing of the screens, in the ink of the letter."""
    return drawing.replace("currentColor", INK).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
