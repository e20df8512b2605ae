"""What is done with a convocation is a line of the journal; what it says is not."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from elus.admin.journal.lines import Line
from elus.admin.journal.queries import lines_about
from elus.convocations import actions
from elus.convocations.models import Recipient
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.actions import Facts
from elus.meetings.models import AgendaItem, Meeting
from tests.canaries import watch
from tests.conftest import Browser
from tests.convocations.cast import LATER, Council, run

PLANTED = "canari-brun-des-marais"


def lines(council: Council) -> list[Line]:
    db.session.rollback()
    return lines_about(council.viewer.user_id)


def told(app: Flask, line: Line) -> str:
    sentence = app.jinja_env.get_template("parts/journal.html").module.sentence  # type: ignore[attr-defined]
    return str(sentence(line)).replace("\u00a0", " ")


def day(council: Council) -> Any:
    db.session.rollback()
    return db.session.scalars(select(Meeting.day).where(Meeting.id == council.meeting_id)).one()


def test_publishing_then_withdrawing_are_two_lines_with_their_figures(app: Flask) -> None:
    council = Council()
    council.publish()
    with transaction():
        actions.withdraw(council.meeting_id, by=council.viewer.user_id, at=council.at + timedelta(seconds=10))
    withdrawn, published = lines(council)
    assert told(app, published).startswith("Vous avez publié la convocation du conseil communautaire du ")
    assert told(app, published).endswith(" (5 destinataires).")
    assert published.sitting
    assert published.sitting.day == day(council)
    assert told(app, withdrawn).startswith(
        "Vous avez annulé à temps l’envoi de la convocation du conseil communautaire"
    )


def test_what_meetings_say_is_not_repeated_in_the_journal_or_the_logs(app: Flask) -> None:
    council = Council()
    watch.secrets.add(PLANTED)
    with transaction():
        db.session.execute(update(Meeting).values(title=f"Séance {PLANTED}"))
        db.session.execute(update(AgendaItem).values(title=PLANTED, summary=PLANTED))
    reader = council.on_paper().formal_name
    council.publish(reason=PLANTED)
    run(council.at + LATER)
    handed = db.session.scalars(select(Recipient.id).where(Recipient.letter_id.is_(None))).one()
    at, by = council.at + timedelta(hours=1), council.viewer
    today = clock.local_day(at)
    with transaction():
        actions.hand_over(handed, on=today, reference=PLANTED, today=today, by=by.user_id, at=at)
    people = db.session.scalars(select(Recipient.person_id)).all()
    with transaction():
        actions.remind(council.meeting_id, people, by=by.user_id, at=at + timedelta(days=2))
    revision = council.order().revision
    with transaction():
        actions.cancel(council.meeting_id, revision, PLANTED, by=by, at=at + timedelta(days=3))
    found = [told(app, line) for line in lines(council)]
    assert found[0].startswith("Vous avez annulé la réunion du conseil communautaire du ")
    assert found[0].endswith(" (6 personnes prévenues).")
    assert found[1].startswith("Vous avez relancé 5 personnes pour la réunion du conseil communautaire du ")
    assert f" à {reader}, le " in found[2]


def test_another_hour_and_another_day_are_told_apart(app: Flask) -> None:
    council = Council(days=20)
    council.sent()

    def move(by: timedelta, at: datetime) -> str:
        db.session.rollback()
        meeting = db.session.get_one(Meeting, council.meeting_id)
        facts = Facts(meeting.title, meeting.starts_at + by, None, meeting.place)
        order = council.order()
        viewer = council.viewer
        with transaction():
            actions.move(council.meeting_id, facts, order, by=viewer, at=at)
        return told(app, lines(council)[0])

    assert move(timedelta(minutes=-30), council.at + timedelta(hours=1)).startswith(
        "Vous avez changé l’heure du conseil communautaire du "
    )
    assert "convoqué de nouveau la réunion du conseil communautaire" in move(
        timedelta(days=1), council.at + timedelta(hours=2)
    )


def test_what_leaves_the_portal_is_a_line(app: Flask, sign_in: Callable[..., Browser]) -> None:
    council = Council()
    council.on_paper()
    council.sent()
    browser = sign_in(council.secretary)
    url = f"/secretariat/reunions/{council.meeting_id}"
    assert browser.get(f"{url}/suivi.csv", headers={"Purpose": "prefetch"}).status_code == 204
    assert browser.get(f"{url}/suivi.csv").status_code == 200
    assert browser.get(f"{url}/convocations-papier.pdf").status_code == 200
    found = lines(council)
    assert [line.action for line in found][:3] == ["paper_letters_made", "tracking_exported", "convocation_published"]
    assert "préparé 1 convocation à imprimer" in told(app, found[0])
    assert found[0].client
    assert isinstance(found[0].mark.id, uuid.UUID)
