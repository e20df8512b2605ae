import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from elus.attendance.models import Answer, Choice
from elus.convocations.models import Convocation, Recipient, Version, VersionKind
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.outbox import LetterState, post
from elus.meetings.models import Meeting
from elus.organizations.models import Channel, Membership, Organization, Person, Role
from elus.papers.models import File, FileState
from elus.register.actions import record
from tests import factories as make
from tests.conftest import Browser

URL = "/secretariat"


@pytest.fixture
def council(app: Any) -> Organization:
    return make.organization()


@pytest.fixture
def office(sign_in: Callable[[Any], Browser], council: Organization) -> Browser:
    return sign_in(make.secretary(council))


def in_days(days: int) -> date:
    return clock.local_day(clock.now()) + timedelta(days=days)


def convened(meeting: Meeting, people: list[Person], refused: int = 0, opened: int = 0) -> None:
    """A version sent to people, some of whom were refused by their server, some of whom opened it."""
    now = clock.now()
    convocation = Convocation(id=uuid.uuid4(), meeting_id=meeting.id)
    version = Version(
        id=uuid.uuid4(), convocation_id=convocation.id, number=1, kind=VersionKind.CONVOCATION, created_at=now,
        leaves_at=now, operator_id=uuid.uuid4(), author_name="Camille Fictive", author_quality="Présidente",
        regime="FRANC_5", forecast={}, manifest={},
    )  # fmt: skip
    seats = {
        row.person_id: row.id
        for row in db.session.scalars(select(Membership).where(Membership.organization_id == meeting.organization_id))
    }
    ids = [person.id for person in people]
    with transaction():
        db.session.add(convocation)
        db.session.flush()
        db.session.add(version)
        db.session.flush()
        for n, person_id in enumerate(ids):
            letter = post(
                purpose="convocation", recipient="a@exemple.invalid", recipient_name="A", sender_name="B",
                subject="Convocation", text="", html="", domain="elus.test", at=now,
                state=LetterState.REFUSED if n < refused else LetterState.ACCEPTED,
            )  # fmt: skip
            db.session.flush()
            db.session.add(
                Recipient(
                    version_id=version.id,
                    person_id=person_id,
                    membership_id=seats[person_id],
                    role=Role.FULL,
                    channel=Channel.ELECTRONIC,
                    letter_id=letter.id,
                )
            )
            if n < opened:
                record("convocation_opened", convocation.id, at=now, who=person_id, version=1)
                db.session.add(Answer(meeting_id=meeting.id, person_id=person_id, choice=Choice.COMES, answered_at=now))


def test_members_do_not_know_this_page(sign_in: Callable[[Any], Browser], council: Organization) -> None:
    assert sign_in(make.member(council)).get(URL).status_code == 404


def test_an_empty_home_says_how_to_begin(office: Browser) -> None:
    page = office.get(URL).text
    assert "Aucune réunion en préparation" in page
    assert "Créer une réunion" in page


def test_drafts_come_by_deadline_not_by_date(
    office: Browser, council: Organization, sign_in: Callable[[Any], Browser]
) -> None:
    village = make.organization("Conseil municipal", make.body("Commune de Viennay", "commune_lt_3500"))
    both = make.secretary(council)
    make.member(village, both, role=Role.SECRETARY)
    make.draft(village, day=in_days(12), titles=("Un",))
    make.draft(council, day=in_days(13), titles=("Un",))
    page = sign_in(both).get(URL).text
    assert re.findall(r"<h3><a[^>]*>([^<]*)", page) == ["Conseil communautaire", "Conseil municipal"]
    assert "5&nbsp;jours francs" in page
    assert "3&nbsp;jours francs" in page


@pytest.mark.parametrize(
    ("days", "words"), [(7, "à convoquer avant"), (6, "dernier jour pour convoquer"), (5, "délai dépassé")]
)
def test_a_near_or_passed_deadline_is_an_alert(office: Browser, council: Organization, days: int, words: str) -> None:
    make.draft(council, day=in_days(days), titles=("Un",))
    assert words in office.get(URL).text


def test_steps_say_how_far_a_draft_is(office: Browser, council: Organization) -> None:
    files = [make.file(), make.file()]
    draft = make.meeting(council, published=False, papers=files, titles=("Tarifs",), day=in_days(30))
    with transaction():
        file = db.session.get_one(File, files[0].id)
        file.state = FileState.REFUSED
        db.session.refresh(file, ["paper"])
        file.paper.ready_at = None
    page = office.get(URL).text
    assert "Ordre du jour 2/3" in page
    assert "Documents 1/2" in page
    assert "Annoncée" in page
    assert "1\xa0document refusé au contrôle" in page
    assert str(draft.id) in page


def test_a_published_meeting_tells_what_was_received(office: Browser, council: Organization) -> None:
    people = [make.member(council) for _ in range(4)]
    convened(make.meeting(council), people, refused=1, opened=2)
    page = office.get(URL).text
    assert "Ouverte par 2/4" in page
    assert "Réponses 2/4" in page
    assert "1\xa0convocation refusée par la messagerie" in page


def test_accounts_never_activated_are_counted(office: Browser, council: Organization) -> None:
    for _ in range(2):
        somebody = make.person()
        make.account(somebody, active=False)
        make.member(council, somebody)
    make.member(council)
    assert "2\xa0personnes n’ont jamais ouvert leur compte" in office.get(URL).text


def test_past_and_cancelled_meetings_leave_the_way_free(office: Browser, council: Organization) -> None:
    make.meeting(council, day=in_days(-10))
    make.meeting(council, day=in_days(10), cancelled_at=clock.now())
    page = office.get(URL).text
    assert "1\xa0réunion passée" in page
    assert "Publiées, à venir" not in page


def test_the_meetings_of_other_assemblies_stay_theirs(office: Browser, council: Organization) -> None:
    make.draft(make.organization("Conseil municipal"), day=in_days(5))
    assert "Conseil municipal" not in office.get(URL).text


def test_the_home_costs_the_same_queries_at_any_size(
    office: Browser, council: Organization, queries: Callable[[], Any]
) -> None:
    people = [make.member(council) for _ in range(3)]
    costs = []
    for size in (1, 10):
        for n in range(size):
            make.draft(council, day=in_days(20 + 12 * size + n), titles=("Un", "Deux"))
            convened(make.meeting(council, day=in_days(20 + n)), people, opened=1)
        office.get(URL)
        with queries() as counted:
            office.get(URL)
        costs.append(counted.count)
    assert costs[0] == costs[1] <= 12


def test_the_home_stays_within_its_budget_of_elements(office: Browser, council: Organization) -> None:
    for n in range(6):
        make.draft(council, day=in_days(20 + n), titles=("Un", "Deux"))
        make.meeting(council, day=in_days(20 + n))
        make.meeting(council, day=in_days(-20 - n))
    page = office.get(URL).text
    assert len(re.findall(r"<[a-z][^>]*>", page)) <= 380
