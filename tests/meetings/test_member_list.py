"""The list of my meetings: mine only, twenty at a time, by key."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Flask

from elus.attendance.models import Answer, Choice
from elus.kernel import clock
from elus.organizations.models import Person
from tests import factories as make
from tests.conftest import Browser

SignIn = Callable[[Person], Browser]


def _links(page: str) -> list[str]:
    return re.findall(r'href="/reunions/([0-9a-f-]{36})"', page)


def test_mine_only_and_drafts_for_the_secretariat(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization()
    elsewhere = make.meeting(make.organization("Bureau", of=make.body("Thénezay", "commune_lt_3500")))
    coming, draft = make.meeting(owner), make.meeting(owner, published=False, announced=False)
    seen = _links(sign_in(make.member(owner)).get("/reunions").text)
    assert seen == [str(coming.id)]
    page = sign_in(make.secretary(owner)).get("/reunions").text
    assert set(_links(page)) == {str(coming.id), str(draft.id)}
    assert "Brouillon" in page
    assert str(elsewhere.id) not in page


def test_without_meeting_one_is_told_what_will_happen(app: Flask, sign_in: SignIn) -> None:
    page = sign_in(make.member()).get("/reunions").text
    assert "Aucune réunion prévue" in page
    assert "prévenu par courriel" in page


def test_the_past_is_read_page_after_page_and_none_is_lost(app: Flask, sign_in: SignIn) -> None:
    owner = make.organization()
    browser = sign_in(make.member(owner))
    today = clock.local_day(clock.now())
    made = [str(make.meeting(owner, day=today - timedelta(days=2 + n // 3)).id) for n in range(45)]
    seen, url = [], "/reunions"
    for _ in range(3):
        page = browser.get(url).text
        seen += _links(page)
        more = re.search(r'href="(/reunions\?[^"]*avant=[^"]+)"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert url == ""
    assert len(seen) == len(set(seen)) == 45
    assert set(seen) == set(made)


def test_one_assembly_can_be_chosen(app: Flask, sign_in: SignIn) -> None:
    council = make.organization()
    bureau = make.organization("Bureau", of=make.body("Thénezay", "commune_lt_3500"))
    person = make.member(council)
    make.member(bureau, person)
    mine, other = make.meeting(council), make.meeting(bureau)
    browser = sign_in(person)
    assert (
        _links(browser.get("/reunions").text) == [str(mine.id), str(other.id)]
        or len(_links(browser.get("/reunions").text)) == 2
    )
    page = browser.get(f"/reunions?assemblee={council.id}").text
    assert _links(page) == [str(mine.id)]
    assert "selected" in page
    assert len(_links(browser.get("/reunions?assemblee=12345678901234567890&avant=n%27importe").text)) == 2


def test_my_answer_stands_beside_the_meeting(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting()
    member = make.member(meeting.organization)
    make.saved(Answer(meeting_id=meeting.id, person_id=member.id, choice=Choice.ABSENT, answered_at=clock.now()))
    assert "Je ne viens pas" in sign_in(member).get("/reunions").text


def test_a_former_member_sees_nothing(app: Flask, sign_in: SignIn) -> None:
    meeting = make.meeting()
    former = make.member(meeting.organization, ends_on=date(2026, 6, 30))
    assert _links(sign_in(former).get("/reunions").text) == []


def test_the_list_costs_the_same_queries_at_any_size(app: Flask, sign_in: SignIn, queries: Callable[[], Any]) -> None:
    owner = make.organization()
    browser = sign_in(make.member(owner))
    today = clock.local_day(clock.now())
    counted = []
    for size in (1, 10):
        for n in range(size):
            make.meeting(owner, day=today + timedelta(days=3 + n))
            make.meeting(owner, day=today - timedelta(days=3 + n))
        browser.get("/aide")
        with queries() as found:
            browser.get("/reunions")
        counted.append(found.count)
    assert counted[0] == counted[1] <= 4
