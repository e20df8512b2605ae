"""A convocation that cannot be made: one alarm, told to the secretariat, tried again, and nobody else waits."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from elus.convocations.models import Recipient, Version
from elus.convocations.tasks import seal_due
from elus.kernel.db import db, transaction
from elus.kernel.journal import AlarmSeen, JournalEntry
from elus.kernel.outbox import Letter, LetterState
from tests import factories as make
from tests.convocations.cast import Council, run

MINUTE = timedelta(minutes=1)
SAID = "La convocation n’a pas encore pu être mise en page"


class Broken(Council):
    """A council whose convocation left five minutes ago, damaged: no typesetter can make it."""

    def __init__(self) -> None:
        super().__init__()
        version = self.publish(at=self.at - 5 * MINUTE)
        self.version_id, self.manifest = version.id, version.manifest
        self._holds({key: value for key, value in self.manifest.items() if key != "meeting"})

    def repaired(self) -> None:
        self._holds(self.manifest)

    def _holds(self, manifest: dict[str, Any]) -> None:
        with transaction():
            db.session.get_one(Version, self.version_id).manifest = manifest


@pytest.fixture
def broken(app: Flask) -> Broken:
    return Broken()


def _states(version_id: uuid.UUID) -> set[LetterState]:
    db.session.rollback()
    of_version = select(Letter.state).join(Recipient, Recipient.letter_id == Letter.id)
    return set(db.session.scalars(of_version.where(Recipient.version_id == version_id)))


def _alarms() -> list[JournalEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(JournalEntry).where(JournalEntry.action == "sealing_failed")))


def test_the_letters_of_the_others_leave(broken: Broken) -> None:
    other_id = Council().publish(at=broken.at - 4 * MINUTE).id
    assert seal_due(broken.at) == 1
    assert _states(broken.version_id) == {LetterState.HELD}
    assert _states(other_id) == {LetterState.QUEUED}


def test_the_alarm_rings_once_and_again_if_it_was_cared_for_in_vain(broken: Broken) -> None:
    for minutes in range(3):
        seal_due(broken.at + minutes * MINUTE)
    (alarm,) = _alarms()
    assert alarm.detail == {"why": "KeyError", "version": str(broken.version_id)}
    with transaction():
        db.session.add(AlarmSeen(entry_id=alarm.id, at=broken.at, by=None))
    seal_due(broken.at + 59 * MINUTE)
    assert len(_alarms()) == 1
    seal_due(broken.at + 60 * MINUTE)
    seal_due(broken.at + 61 * MINUTE)
    assert len(_alarms()) == 2


def test_each_convocation_has_its_own_alarm(broken: Broken) -> None:
    Broken()
    seal_due(broken.at)
    assert len(_alarms()) == 2


def test_it_is_tried_again_and_leaves_once_repaired(broken: Broken) -> None:
    assert seal_due(broken.at) == 0
    broken.repaired()
    run(broken.at + MINUTE)
    assert _states(broken.version_id) == {LetterState.WRITTEN}


def test_the_tracking_page_says_it_and_what_to_do_until_it_left(broken: Broken, sign_in: Callable[..., Any]) -> None:
    seal_due(broken.at)
    browser, url = sign_in(broken.secretary), f"/secretariat/reunions/{broken.meeting_id}/suivi"
    page = browser.get(url).text
    assert SAID in page
    assert "Prévenez l’administrateur" in page
    assert "Dernier jour pour convoquer" in page
    broken.repaired()
    run(broken.at)
    assert SAID not in browser.get(url).text


def test_the_home_of_the_secretariat_leads_there(broken: Broken, sign_in: Callable[..., Any]) -> None:
    seal_due(broken.at)
    browser = sign_in(broken.secretary)
    assert "5\u00a0courriels attendent" in browser.get("/secretariat").text
    broken.repaired()
    run(broken.at)
    assert "courriels attendent" not in browser.get("/secretariat").text


def test_the_administrator_sees_the_alarm_and_where_its_cause_is(broken: Broken, sign_in: Callable[..., Any]) -> None:
    seal_due(broken.at)
    page = sign_in(make.administrator()).get("/administration").text
    assert "a échoué à mettre en page la convocation" in page
    assert str(broken.version_id) in page


def test_a_convocation_that_leaves_now_is_not_said_late(app: Flask, sign_in: Callable[..., Any]) -> None:
    council = Council()
    council.publish(at=council.at - timedelta(seconds=90))
    assert SAID not in sign_in(council.secretary).get(f"/secretariat/reunions/{council.meeting_id}/suivi").text
