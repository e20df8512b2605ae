"""Rights follow dated memberships: what ends acts at the next request, and in the download that runs (decision 13)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from elus.identity.models import Session, User
from elus.kernel import clock, running
from elus.kernel.db import db, transaction
from elus.kernel.running import RightEnded
from elus.organizations.models import Membership, Person
from tests import factories as make
from tests.conftest import Browser

CONTENT = bytes(3_000_000)


class Evening:
    """A member at home, a published meeting, one paper of twelve segments."""

    def __init__(self, sign_in: Callable[..., Browser]) -> None:
        self.council = make.organization()
        self.member = make.member(self.council)
        self.person_id = self.member.id
        file = make.file(CONTENT)
        file.paper  # noqa: B018 — loaded for the factory
        self.meeting_id, file_id = make.meeting(self.council, papers=[file]).id, file.id
        self.url = f"/reunions/{self.meeting_id}/pieces/{file_id}"
        self.browser = sign_in(self.member)
        self.user_id = make.account(db.session.get_one(Person, self.person_id)).id
        db.session.rollback()

    def pages(self) -> list[str]:
        return [f"/reunions/{self.meeting_id}", self.url]


@pytest.fixture
def evening(app: Flask, sign_in: Any) -> Evening:
    return Evening(sign_in)


def _yesterday() -> Any:
    return clock.local_day(clock.now()) - timedelta(days=1)


def _mandate_ends(evening: Evening) -> None:
    db.session.execute(update(Membership).where(Membership.person_id == evening.person_id).values(ends_on=_yesterday()))


def _signed_out_elsewhere(evening: Evening) -> None:
    db.session.execute(update(Session).where(Session.user_id == evening.user_id).values(ended_at=clock.now()))


def _suspended(evening: Evening) -> None:
    db.session.execute(update(User).where(User.id == evening.user_id).values(suspended_at=clock.now()))


ENDS = [_mandate_ends, _signed_out_elsewhere, _suspended]


@pytest.mark.asvs("V7.4.2", "V8.3.2")
@pytest.mark.parametrize("end", ENDS)
def test_what_ends_acts_at_the_next_request(evening: Evening, end: Callable[[Evening], None]) -> None:
    for url in evening.pages():
        assert evening.browser.get(url, buffered=True).status_code == 200
    with transaction():
        end(evening)
    for url in evening.pages():
        assert evening.browser.get(url).status_code in {302, 404}, url


@pytest.mark.asvs("V8.3.2")
@pytest.mark.parametrize("end", ENDS)
def test_what_ends_cuts_the_download_that_runs(
    evening: Evening, end: Callable[[Evening], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "EVERY", 0.0)
    answer = evening.browser.get(evening.url, buffered=False)
    pieces = answer.iter_encoded()
    received = len(next(pieces)) + len(next(pieces))
    with transaction():
        end(evening)
    rest = list[bytes]()
    with pytest.raises(RightEnded):
        rest.extend(pieces)
    assert received + sum(map(len, rest)) < len(CONTENT)
    answer.close()


def test_a_download_nobody_disturbs_is_whole(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "EVERY", 0.0)
    assert evening.browser.get(evening.url, buffered=True).data == CONTENT


def test_one_does_not_look_at_every_piece(evening: Evening, queries: Any) -> None:
    with queries() as usual:
        answer = evening.browser.get(evening.url, buffered=False)
        before = usual.count
        for _ in answer.iter_encoded():
            pass
        answer.close()
    assert usual.count == before
