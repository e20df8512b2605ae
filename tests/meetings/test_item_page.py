import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.actions import update_item
from elus.meetings.models import AgendaItem, ItemKind, Meeting, Visibility
from elus.organizations.models import Organization, Person
from tests import factories as make
from tests.conftest import Browser
from tests.meetings.conftest import BY
from tests.meetings.test_update_item import CONTENT

ITEM = {
    "title": "Tarifs de l’eau 2027",
    "summary": "Le prix passe de 2,10 € à 2,18 €.\r\nPour 14 000 abonnés.",
    "rapporteur": "Mme Camille Fictive",
    "kind": "deliberation",
    "visibility": "members",
    "revision": "1",
}


@pytest.fixture
def office(sign_in: Callable[[Any], Browser], secretary: Person) -> Browser:
    return sign_in(secretary)


@pytest.fixture
def item_id(draft: Meeting) -> uuid.UUID:
    return db.session.scalars(select(AgendaItem.id).where(AgendaItem.position == 2)).one()


@pytest.fixture
def url(draft: Meeting, item_id: uuid.UUID) -> str:
    return f"/secretariat/reunions/{draft.id}/points/{item_id}"


def stored(item_id: uuid.UUID) -> AgendaItem:
    db.session.rollback()
    return db.session.get_one(AgendaItem, item_id)


def test_what_is_written_is_kept(office: Browser, url: str, item_id: uuid.UUID) -> None:
    answer = office.submit(url, {**ITEM, "sensitive": "y", "visibility": "restricted", "kind": "election"})
    assert answer.status_code == 303
    item = stored(item_id)
    assert (item.title, item.summary, item.sensitive, item.visibility, item.kind) == (
        ITEM["title"],
        "Le prix passe de 2,10 € à 2,18 €.\nPour 14 000 abonnés.",
        True,
        Visibility.RESTRICTED,
        ItemKind.ELECTION,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": "\u202e \x00"}, "Donnez un titre"),
        ({"title": "é" * 301}, "dépasse 300 caractères"),
        ({"summary": "a\r\nb\r\nc\r\nd"}, "4 lignes, pour 3 au plus"),
        ({"summary": "é" * 401}, "401 caractères, pour 400 au plus"),
        ({"kind": "parade"}, "Nature"),
        ({"visibility": ""}, "Qui lit"),
    ],
)
def test_a_wrong_field_is_said_and_nothing_is_lost(
    office: Browser, url: str, item_id: uuid.UUID, change: dict[str, str], words: str
) -> None:
    answer = office.submit(url, {**ITEM, **change})
    assert answer.status_code == 200
    assert words in answer.text
    assert "Mme Camille Fictive" in answer.text
    assert stored(item_id).title == "Deux"


def test_four_hundred_characters_on_three_lines_fit(office: Browser, url: str, item_id: uuid.UUID) -> None:
    summary = "\r\n".join(["é" * 132, "é" * 133, "é" * 133])
    assert office.submit(url, {**ITEM, "summary": summary}).status_code == 303
    assert len(stored(item_id).summary) == 400


def test_two_agents_see_both_versions_of_an_item(office: Browser, url: str, draft: Meeting, item_id: uuid.UUID) -> None:
    with transaction():
        update_item(draft.id, item_id, CONTENT, by=BY, at=clock.now(), revision=1)
    answer = office.submit(url, {**ITEM, "title": "Prix de l’eau"})
    assert answer.status_code == 409
    for words in ("Prix de l’eau", "Tarifs de l’eau 2027", "Huis clos envisagé", "Oui", "Non"):
        assert words in answer.text
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    office.submit(url, kept)
    item = stored(item_id)
    assert (item.title, item.sensitive, item.summary) == (
        "Prix de l’eau",
        False,
        "Le prix passe de 2,10 € à 2,18 €.\nPour 14 000 abonnés.",
    )


def test_classified_installations_are_asked_in_small_communes_only(
    sign_in: Callable[[Any], Browser], office: Browser, url: str
) -> None:
    assert "ICPE" not in office.get(url).text
    village = make.organization("Conseil municipal", make.body("Commune de Viennay", "commune_lt_3500"))
    meeting = make.draft(village, titles=("Avis sur un élevage",))
    item = db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)).one()
    page = sign_in(make.secretary(village)).get(f"/secretariat/reunions/{meeting.id}/points/{item.id}")
    assert "ICPE" in page.text


def test_an_item_is_reached_through_its_own_meeting(office: Browser, council: Organization, item_id: uuid.UUID) -> None:
    other = make.draft(council)
    assert office.get(f"/secretariat/reunions/{other.id}/points/{item_id}").status_code == 404
    assert office.get("/secretariat/reunions/12345678901234567890/points/1").status_code == 404


def test_an_item_of_a_published_meeting_is_shown_and_not_written(office: Browser, council: Organization) -> None:
    published = make.meeting(council)
    item = db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == published.id).limit(1)).one()
    draft = make.draft(council)
    url = f"/secretariat/reunions/{published.id}/points/{item.id}"
    answer = office.post(url, ITEM, page=f"/secretariat/reunions/{draft.id}/preparer")
    assert answer.status_code == 409
    assert "publiez une modification" in answer.text
