"""The folder of the bare application: the same rows, the same HTML, the same bytes, copied from what the product holds."""

import uuid
from datetime import timedelta
from pathlib import Path

from bench import bare, content
from bench.instance import Instance
from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.papers.models import File

OPENS, CLOSES = '<ol class="agenda">', "</ol>"


def prepare(folder: Path, of: Instance, meeting_id: uuid.UUID, html: str, feeds: dict[str, int]) -> None:
    """Fill the folder; `html` is the page of the meeting as the product answers it, `feeds` counts events by secret."""
    folder.mkdir()
    start = html.index(OPENS)
    end = html.index(CLOSES, html.rindex('<ul class="papers">')) + len(CLOSES)
    _template(folder / "head.html", html[:start])
    _template(folder / "foot.html", html[end:])
    _template(folder / "line.html", html, "{{ title }}")
    _copy_paper(folder / "paper.pdf", of)
    app = bare.create_app(folder)
    with app.app_context():
        bare.db.create_all()
        bare.db.session.add_all(_rows(of, meeting_id))
        for number, (secret, events) in enumerate(feeds.items(), 1):
            bare.db.session.add(bare.Token(id=number, secret=secret, etag="same"))
            bare.db.session.add_all(_events(number, events))
        bare.db.session.commit()
        bare.db.engine.dispose()


def _template(path: Path, html: str, more: str = "") -> None:
    path.write_text("{% raw %}" + html + "{% endraw %}" + more, encoding="utf-8")


def _copy_paper(path: Path, of: Instance) -> None:
    blob = db.session.get_one(Blob, db.session.get_one(File, of.papers[0][1]).blob_id)
    with blobs.read(blob) as reader, path.open("wb") as file:
        file.writelines(reader.read(0, reader.size))
    db.session.rollback()


def _rows(of: Instance, meeting_id: uuid.UUID) -> list[bare.Row]:
    files = iter(of.papers)
    return [
        bare.Row(
            meeting_id=str(meeting_id),
            position=position,
            item_title=item.title,
            rapporteur=item.rapporteur,
            summary=item.summary,
            title=title,
            facts="PDF, 12 pages, 24,5 ko",
            file_id=str(next(files)[1]),
        )
        for position, item in enumerate(content.agenda(), 1)
        for title in item.papers
    ]


def _events(token_id: int, count: int) -> list[bare.Event]:
    began = clock.now() - timedelta(days=40)
    return [
        bare.Event(
            token_id=token_id,
            uid=f"{uuid.uuid4()}@banc.invalid",
            title=f"Commission, séance {n + 1}",
            place="Salle des fêtes\\, 79200 Essai",
            starts=f"{began + timedelta(days=n % 300):%Y%m%dT183000}",
            ends=f"{began + timedelta(days=n % 300):%Y%m%dT203000}",
        )
        for n in range(count)
    ]
