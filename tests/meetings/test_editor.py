"""The editor over HTTP: who may open it, what it keeps, what two agents see."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.actions import add_item, update_facts
from elus.meetings.models import AgendaItem, Meeting
from elus.organizations.models import Organization, Person
from tests import factories as make
from tests.conftest import Browser
from tests.meetings.conftest import BY, facts

SignIn = Callable[[Any], Browser]
Read = Callable[[uuid.UUID], list[str]]
FACTS = {
    "title": "Conseil communautaire",
    "day": "2027-01-13",
    "hour": "18:30",
    "end": "",
    "place": "Mairie de Thénezay",
    "revision": "1",
}


@pytest.fixture
def url(draft: Meeting) -> str:
    return f"/secretariat/reunions/{draft.id}"


@pytest.fixture
def office(sign_in: SignIn, secretary: Person) -> Browser:
    return sign_in(secretary)


def stored(draft: Meeting) -> Meeting:
    db.session.rollback()
    return db.session.get_one(Meeting, draft.id)


@pytest.mark.parametrize("kind", ["member", "outsider", "secretary of another council"])
def test_nobody_else_can_tell_that_a_draft_exists(
    sign_in: SignIn, council: Organization, draft: Meeting, url: str, kind: str
) -> None:
    other = make.organization("Conseil municipal")
    who = {"member": make.member, "outsider": make.member, "secretary of another council": make.secretary}[kind](
        council if kind == "member" else other
    )
    browser = sign_in(who)
    item = db.session.scalars(select(AgendaItem)).first()
    assert item
    for page in (f"{url}/preparer", f"{url}/points/{item.id}"):
        assert browser.get(page).status_code == 404


def test_a_stranger_signs_in_first(browser: Browser, url: str) -> None:
    assert browser.get(f"{url}/preparer").status_code == 302


def test_the_editor_lists_the_agenda_in_order(office: Browser, url: str) -> None:
    page = office.get(f"{url}/preparer").text
    assert re.findall(r'<li id="p-[^>]*><a[^>]*>([^<]*)', page) == ["Un", "Deux", "Trois", "Quatre", "Cinq"]
    assert "Publier avant" in page


def test_an_empty_agenda_says_what_to_do_first(office: Browser, council: Organization) -> None:
    empty = make.draft(council)
    page = office.get(f"/secretariat/reunions/{empty.id}/preparer").text
    assert "Commencez par coller l’ordre du jour" in page
    assert "Contrôler avant de publier" not in page


def test_facts_are_saved_on_the_clock_of_the_place(office: Browser, draft: Meeting, url: str) -> None:
    answer = office.submit(f"{url}/preparer", FACTS)
    assert answer.status_code == 303
    found = stored(draft)
    assert (found.place, found.starts_at.isoformat(), found.day.isoformat()) == (
        "Mairie de Thénezay",
        "2027-01-13T17:30:00+00:00",
        "2027-01-13",
    )


def test_an_end_after_midnight_is_the_next_day(office: Browser, draft: Meeting, url: str) -> None:
    office.submit(f"{url}/preparer", {**FACTS, "end": "00:30"})
    ends = stored(draft).ends_at
    assert ends
    assert ends.isoformat() == "2027-01-13T23:30:00+00:00"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": " "}, "Donnez un nom à la réunion"),
        ({"title": "a" * 301}, "dépasse 300 caractères"),
        ({"day": "demain"}, "Jour"),
        ({"day": "0001-01-01"}, "Vérifiez l’année"),
        ({"day": "9999-12-31"}, "Vérifiez l’année"),
        ({"end": "17:00"}, "La fin prévue est avant le début"),
    ],
)
def test_a_wrong_field_is_said_and_what_was_typed_is_kept(
    office: Browser, draft: Meeting, url: str, change: dict[str, str], words: str
) -> None:
    answer = office.submit(f"{url}/preparer", {**FACTS, "place": "Gymnase de Secondigny", **change})
    assert answer.status_code == 200
    assert words in answer.text
    assert "Gymnase de Secondigny" in answer.text
    assert stored(draft).revision == 1


def test_a_date_in_the_past_is_refused_in_words(office: Browser, draft: Meeting, url: str) -> None:
    answer = office.submit(f"{url}/preparer", {**FACTS, "day": "2020-01-13"})
    assert answer.status_code == 409
    assert "Cette date est passée" in answer.text
    assert 'value="Mairie de Thénezay"' in answer.text
    assert stored(draft).revision == 1


def test_control_and_direction_marks_are_cleaned_from_titles(office: Browser, draft: Meeting, url: str) -> None:
    office.submit(f"{url}/preparer", {**FACTS, "title": "Conseil\r\nBcc: x@y\u202e\x00 du  13"})
    assert stored(draft).title == "Conseil Bcc: x@y du 13"


def test_two_agents_see_both_versions_and_may_put_theirs_on_top(office: Browser, draft: Meeting, url: str) -> None:
    with transaction():
        update_facts(draft.id, facts(place="Salle de Viennay"), by=BY, at=clock.now(), revision=1)
    answer = office.submit(f"{url}/preparer", FACTS)
    assert answer.status_code == 409
    assert "Salle de Viennay" in answer.text
    assert "Mairie de Thénezay" in answer.text
    assert stored(draft).place == "Salle de Viennay"
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert kept["revision"] == "2"
    office.submit(f"{url}/preparer", kept)
    assert stored(draft).place == "Mairie de Thénezay"


def test_a_module_saves_and_is_told_in_one_sentence(office: Browser, draft: Meeting, url: str) -> None:
    answer = office.submit(f"{url}/preparer", FACTS, headers={"Accept": "application/json"})
    assert answer.json
    assert answer.json["said"].startswith("Enregistré à")
    assert answer.json["revision"] == 2
    stale = office.submit(f"{url}/preparer", {**FACTS, "place": "Gymnase"}, headers={"Accept": "application/json"})
    assert (stale.status_code, stale.json) == (409, {"conflict": True})
    wrong = office.submit(f"{url}/preparer", {**FACTS, "title": ""}, headers={"Accept": "application/json"})
    assert wrong.status_code == 422
    assert wrong.json
    assert "title" in wrong.json["errors"]


def test_a_pasted_agenda_is_shown_before_it_is_added(office: Browser, draft: Meeting, url: str, agenda: Read) -> None:
    text = "1. Tarifs de l’eau\r\n- Voirie\r\n\r\n"
    shown = office.post(
        f"{url}/ordre-du-jour", {"text": text, "revision": "1", "step": "preview"}, page=f"{url}/preparer"
    )
    assert "<li>Tarifs de l’eau</li><li>Voirie</li>" in shown.text
    assert len(agenda(draft.id)) == 5
    office.post(f"{url}/ordre-du-jour", {"text": text, "revision": "1"}, page=f"{url}/preparer")
    assert agenda(draft.id)[5:] == ["Tarifs de l’eau", "Voirie"]


def test_an_agenda_with_nothing_in_it_or_a_title_too_long_is_kept_and_explained(
    office: Browser, draft: Meeting, url: str, agenda: Read
) -> None:
    for text, words in (("\r\n - \r\n", "Aucun point trouvé"), ("Tarifs\r\n" + "é" * 301, "Le point 2")):
        answer = office.post(f"{url}/ordre-du-jour", {"text": text, "revision": "1"}, page=f"{url}/preparer")
        assert words in answer.text
    assert "é" * 301 in answer.text
    assert len(agenda(draft.id)) == 5


def test_a_paste_made_on_an_older_page_is_kept_and_can_be_sent_again(
    office: Browser, draft: Meeting, url: str, agenda: Read
) -> None:
    with transaction():
        add_item(draft.id, "Six", by=BY, at=clock.now())
    answer = office.post(f"{url}/ordre-du-jour", {"text": "Sept", "revision": "1"}, page=f"{url}/preparer")
    assert answer.status_code == 409
    assert "Une autre personne a changé" in answer.text
    assert ">\r\nSept</textarea>" in answer.text
    assert len(agenda(draft.id)) == 6


def item_ids(draft: Meeting) -> list[uuid.UUID]:
    return list(
        db.session.scalars(select(AgendaItem.id).where(AgendaItem.meeting_id == draft.id).order_by(AgendaItem.position))
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"up": 2}, ["Un", "Trois", "Deux", "Quatre", "Cinq"]),
        ({"down": 2}, ["Un", "Deux", "Quatre", "Trois", "Cinq"]),
        ({"up": 0}, ["Un", "Deux", "Trois", "Quatre", "Cinq"]),
        ({"down": 4}, ["Un", "Deux", "Trois", "Quatre", "Cinq"]),
        ({"number": "5", "position": "1"}, ["Cinq", "Un", "Deux", "Trois", "Quatre"]),
        ({"item": 0, "position": "3"}, ["Deux", "Trois", "Un", "Quatre", "Cinq"]),
    ],
)
def test_items_move_by_arrows_and_by_number(
    office: Browser, draft: Meeting, url: str, agenda: Read, data: dict[str, Any], expected: list[str]
) -> None:
    ids = item_ids(draft)
    sent = {name: str(ids[value]) if isinstance(value, int) else value for name, value in data.items()}
    answer = office.post(f"{url}/ordre", {**sent, "revision": "1"}, page=f"{url}/preparer")
    assert answer.status_code == 303
    assert agenda(draft.id) == expected
    assert "est placé en position" in office.follow(answer).text


def test_a_move_is_told_to_a_module(office: Browser, draft: Meeting, url: str) -> None:
    sent = {"item": str(item_ids(draft)[0]), "position": "3", "revision": "1"}
    answer = office.post(f"{url}/ordre", sent, page=f"{url}/preparer", headers={"Accept": "application/json"})
    assert answer.json
    assert answer.json["said"] == "« Un » est placé en position 3 sur 5."


@pytest.mark.parametrize(
    ("data", "status"),
    [({"up": "x"}, 400), ({"number": "77", "position": "1"}, 404), ({"up": str(uuid.uuid4())}, 404), ({}, 404)],
)
def test_a_move_of_nothing_known_moves_nothing(
    office: Browser, draft: Meeting, url: str, data: dict[str, str], status: int, agenda: Read
) -> None:
    answer = office.post(f"{url}/ordre", {**data, "revision": "1"}, page=f"{url}/preparer")
    assert answer.status_code == status
    assert agenda(draft.id) == ["Un", "Deux", "Trois", "Quatre", "Cinq"]


def test_an_item_is_taken_off_and_given_back_once(office: Browser, draft: Meeting, url: str, agenda: Read) -> None:
    first = item_ids(draft)[0]
    answer = office.post(f"{url}/points/{first}/retirer", {"revision": "1"}, page=f"{url}/points/{first}")
    assert "« Un » n’est plus à l’ordre du jour".replace("« ", "«\xa0").replace(" »", "\xa0»") in (
        office.follow(answer).text.replace("&nbsp;", "\xa0")
    )
    back = office.post(f"{url}/points/{first}/retablir", page=f"{url}/preparer")
    assert back.status_code == 303
    assert agenda(draft.id)[0] == "Un"
    assert office.post(f"{url}/points/{first}/retablir", page=f"{url}/preparer").status_code == 404


def test_announcing_and_withdrawing_by_a_press(office: Browser, draft: Meeting, url: str) -> None:
    assert office.post(f"{url}/annoncer", {"revision": "1"}, page=f"{url}/preparer").status_code == 303
    assert stored(draft).announced_at
    assert "Retirer l’annonce" in office.get(f"{url}/preparer").text
    office.post(f"{url}/annonce/retirer", page=f"{url}/preparer")
    assert stored(draft).announced_at is None


def test_a_published_meeting_is_read_here_and_changed_elsewhere(office: Browser, council: Organization) -> None:
    published = make.meeting(council)
    draft = make.draft(council)
    url = f"/secretariat/reunions/{published.id}"
    page = office.get(f"{url}/preparer").text
    assert "publiez une modification" in page
    assert "<button" not in page
    other = f"/secretariat/reunions/{draft.id}/preparer"
    for path, data in (("preparer", FACTS), ("points", {"title": "Six"}), ("annonce/retirer", {})):
        answer = office.post(f"{url}/{path}", data, page=other)
        assert answer.status_code == 409
        assert "publiez une modification" in answer.text


def test_the_editor_costs_the_same_queries_at_any_size(
    office: Browser, council: Organization, queries: Callable[[], Any]
) -> None:
    costs = []
    for size in (3, 30):
        meeting = make.meeting(
            council, published=False, papers=[make.file() for _ in range(size)], titles=[f"P{n}" for n in range(size)]
        )
        office.get(f"/secretariat/reunions/{meeting.id}/preparer")
        with queries() as counted:
            office.get(f"/secretariat/reunions/{meeting.id}/preparer")
        costs.append(counted.count)
    assert costs[0] == costs[1] <= 7


def test_thirty_rows_stay_within_the_budget_of_elements(office: Browser, council: Organization) -> None:
    meeting = make.draft(council, titles=[f"Point {n}" for n in range(30)])
    page = office.get(f"/secretariat/reunions/{meeting.id}/preparer").text
    assert len(re.findall(r"<[a-z][^>]*>", re.sub(r"<svg.*?</svg>", "<svg>", page, flags=re.DOTALL))) <= 640
