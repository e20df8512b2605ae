"""The bare limit: Flask and Flask-SQLAlchemy, one query, no session, no rights, no encryption, no register."""

import os
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, render_template, request, send_file
from flask_sqlalchemy import SQLAlchemy
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import ForeignKey, String, Text, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Tables of the bare application."""


class Row(Base):
    """One paper with its item: the page is one query on one indexed column."""

    __tablename__ = "row"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int]
    item_title: Mapped[str] = mapped_column(String(300))
    rapporteur: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(300))
    facts: Mapped[str] = mapped_column(String(300))
    file_id: Mapped[str] = mapped_column(String(36))


class Token(Base):
    """One calendar address."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    etag: Mapped[str] = mapped_column(String(64))


class Event(Base):
    """One event of a calendar."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("token.id"), index=True)
    uid: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(300))
    starts: Mapped[str] = mapped_column(String(20))
    ends: Mapped[str] = mapped_column(String(20))


EVENT = (
    "BEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:{}\r\nDTSTART;TZID=Europe/Paris:{}\r\nDTEND;TZID=Europe/Paris:{}\r\n"
    "SUMMARY:{}\r\nLOCATION:{}\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\n"
)
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Banc//FR\r\n{}END:VCALENDAR\r\n"

db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def create_app(folder: Path) -> Flask:
    """The bare application over a folder made by `bench.limit`."""
    app = Flask("bare", static_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'bare.sqlite'}"
    here = Path(__file__).parent / "templates"
    app.jinja_loader = ChoiceLoader([FileSystemLoader(here), FileSystemLoader(folder)])  # type: ignore[assignment]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode=WAL"))
    _add_routes(app, folder)
    return app


def _add_routes(app: Flask, folder: Path) -> None:
    @app.get("/")
    def hello() -> str:
        return "bonjour"

    @app.get("/reunions/<uuid:meeting_id>")
    def page(meeting_id: Any) -> str:
        """The same HTML by loops over the rows of one query."""
        selection = select(
            Row.position, Row.item_title, Row.rapporteur, Row.summary, Row.title, Row.facts, Row.file_id
        ).where(Row.meeting_id == str(meeting_id))
        rows = db.session.execute(selection.order_by(Row.position, Row.id)).all()
        items = [
            {
                "title": lines[0].item_title,
                "rapporteur": lines[0].rapporteur,
                "summary": lines[0].summary,
                "papers": [
                    {"title": line.title, "facts": line.facts, "file_id": line.file_id, "tag": "Nouveau"}
                    for line in lines
                ],
            }
            for lines in (list(same) for _, same in groupby(rows, key=lambda row: row.position))
        ]
        return render_template("page.html", items=items, meeting_id=meeting_id)

    @app.get("/une-ligne/<uuid:meeting_id>")
    def line(meeting_id: Any) -> str:
        """The same bytes, already written in the template, and one row: nothing can be faster with Jinja and a query."""
        found = db.session.scalars(select(Row).where(Row.meeting_id == str(meeting_id)).limit(1)).one()
        return render_template("line.html", title=found.item_title)

    @app.get("/reunions/<uuid:meeting_id>/pieces/<uuid:file_id>")
    def paper(meeting_id: Any, file_id: Any) -> Response:
        return send_file(folder / "paper.pdf", conditional=True, etag="same")

    @app.get("/agenda/<secret>.ics")
    def feed(secret: str) -> Response:
        """One query for the token; the calendar is generated from plain strings when it changed."""
        token = db.session.scalars(select(Token).where(Token.secret == secret)).first()
        if token is None:
            abort(404)
        if token.etag in request.if_none_match:
            answer = Response(status=304)
        else:
            columns = (Event.uid, Event.title, Event.place, Event.starts, Event.ends)
            rows = db.session.execute(select(*columns).where(Event.token_id == token.id).order_by(Event.starts))
            lines = [EVENT.format(uid, starts, starts, ends, title, place) for uid, title, place, starts, ends in rows]
            answer = Response(CALENDAR.format("".join(lines)), content_type="text/calendar; charset=utf-8")
        answer.set_etag(token.etag)
        return answer


def from_environment() -> Flask:
    """What gunicorn starts."""
    return create_app(Path(os.environ["BENCH_BARE"]))
