"""Letters about a convocation: nothing in them signs in, answers or tells that it was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from markupsafe import escape

from elus.config import Settings
from elus.convocations.agenda import Point
from elus.convocations.changes import Change
from elus.convocations.manifest import NO_GROUNDS, Grounds, Signature
from elus.convocations.models import VersionKind
from elus.kernel.text import nbsp
from elus.law.delays import Verdict
from elus.meetings.models import Meeting
from elus.organizations.models import Body, Role

NAME = "\ue000"
"""Where the name of each person goes: a letter is rendered once for all those it says the same to."""

TEMPLATES = {
    VersionKind.CONVOCATION: "convocation",
    VersionKind.MEETING_CHANGED: "moved",
    VersionKind.PAPERS_CHANGED: "papers",
    VersionKind.CANCELLATION: "cancelled",
}
REMINDER = "reminder"


@dataclass(frozen=True)
class Text:
    """One letter before it has a name on it."""

    subject: str
    text: str
    html: str

    def to(self, name: str) -> "Text":
        """The letter of one person."""
        return Text(self.subject, self.text.replace(NAME, name), self.html.replace(NAME, str(escape(name))))


@dataclass(frozen=True)
class Words:
    """What the letters of one version say."""

    meeting: Meeting
    points: Sequence[Point]
    author: Signature
    verdict: Verdict | None = None
    grounds: Grounds = NO_GROUNDS
    changes: Sequence[Change] = ()
    notes: Sequence[int] = ()  # numbers of the points whose note is enclosed
    all_notes: bool = True
    papers: int = 0
    reason: str = ""  # why it is cancelled
    replaces: bool = False  # an earlier convocation of this meeting has already left

    @property
    def body(self) -> Body:
        return self.meeting.organization.body

    @property
    def sender(self) -> str:
        """The name in From."""
        return f"{self.meeting.organization.name} – {self.body.name}"[:300]


def compose(name: str, words: Words, *, role: Role, civility: str) -> Text:
    """A letter as people of one role and civility receive it."""
    settings = settings_in_force()
    facts: dict[str, Any] = {
        "words": words,
        "meeting": words.meeting,
        "organization": words.meeting.organization,
        "body": words.body,
        "name": NAME,
        "substitute": role is Role.SUBSTITUTE,
        "feminine": civility == "Mme",
        "link": f"{settings.public_url}/reunions/{words.meeting.id}",
    }
    where = f"mails/convocations/{name}"
    return Text(
        subject=" ".join(render_template(f"{where}.subject.txt", **facts).split(" ")).strip(),
        text=nbsp(render_template(f"{where}.txt", **facts)),
        html=render_template(f"{where}.html", **facts),
    )


def settings_in_force() -> Settings:
    """The settings of this installation."""
    return current_app.extensions["elus.settings"]  # type: ignore[no-any-return]  # set by create_app
