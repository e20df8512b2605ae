"""An agent who sends files as the page's module does."""

import hashlib
import os
import uuid
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db
from elus.meetings.dossier.queries import PaperLine, papers_of
from elus.papers.models import PART, File, FileState
from elus.papers.tasks import intake
from tests import factories as make


class Agent:
    """A secretary with a draft meeting of three items open before them."""

    def __init__(self, sign_in: Any, **meeting: Any) -> None:
        self.council = make.organization()
        self.secretary = make.secretary(self.council)
        titles = ("Approbation du procès-verbal", "Tarifs de l’eau potable 2027", "Marché de voirie")
        facts = {"published": False, "announced": False, "titles": titles, **meeting}
        self.meeting_id = make.meeting(self.council, **facts).id
        self.browser = sign_in(self.secretary)
        self.files = f"/secretariat/reunions/{self.meeting_id}/fichiers"
        self.papers = f"/secretariat/reunions/{self.meeting_id}/documents"
        self.token = token_of(self.browser)

    def call(self, method: str, url: str, **options: Any) -> Any:
        headers = {"X-CSRFToken": self.token, "Accept": "application/json", **options.pop("headers", {})}
        return self.browser.open(url, method=method, headers=headers, **options)

    def announce(self, name: str, size: int, **more: Any) -> Any:
        return self.call("POST", self.files, json={"name": name, "size": size, "modified": 1760000000000, **more})

    def part(self, file_id: str, number: int, content: bytes) -> Any:
        return self.call("PUT", f"{self.files}/{file_id}/parties/{number}", data=content)

    def complete(self, file_id: str) -> Any:
        return self.call("POST", f"{self.files}/{file_id}/complet")

    def add(self, name: str, content: bytes, **more: Any) -> str:
        """Send a whole file and let the worker check it; gives its id."""
        told = self.announce(name, len(content), **more).get_json()
        for number in told["missing"]:
            assert self.part(told["id"], number, content[(number - 1) * PART : number * PART]).status_code == 201
        assert self.complete(told["id"]).status_code == 202
        db.session.rollback()
        intake(clock.now())
        return str(told["id"])

    def file(self, file_id: str) -> File:
        db.session.rollback()
        return db.session.get_one(File, uuid.UUID(file_id))

    def lines(self) -> list[PaperLine]:
        db.session.rollback()
        return papers_of(self.meeting_id)

    def line(self, title: str) -> PaperLine:
        return next(line for line in self.lines() if line.title == title)

    def place(self, line: PaperLine, **form: Any) -> Any:
        return self.call("POST", f"{self.papers}/{line.paper_id}", data=form)


def token_of(browser: Any) -> str:
    """A token for the requests of a module, as the page that is open would hold it."""
    raw = hashlib.sha1(os.urandom(64)).hexdigest()
    token = URLSafeTimedSerializer(browser.app.secret_key, salt="wtf-csrf-token").dumps(raw)
    with browser.client.session_transaction() as cookie:
        cookie["csrf_token"] = raw
    return str(token)


def states() -> list[FileState]:
    db.session.rollback()
    return list(db.session.scalars(select(File.state).order_by(File.created_at)))
