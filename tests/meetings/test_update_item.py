from dataclasses import replace

import pytest
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.kernel.journal import JournalEntry
from elus.meetings.actions import ItemContent, update_facts, update_item
from elus.meetings.models import AgendaItem, ItemKind, Meeting, Visibility
from elus.organizations.models import Organization
from tests import factories as make
from tests.meetings.conftest import BY, facts

CONTENT = ItemContent(
    title="Tarifs de l’eau 2027",
    summary="Le prix passe de 2,10 € à 2,18 €.\nPour 14 000 abonnés.",
    rapporteur="Mme Camille Fictive",
    kind=ItemKind.DELIBERATION,
    visibility=Visibility.COPY,
    closed_session_planned=True,
    sensitive=True,
    icpe=True,
)


def first(meeting: Meeting) -> AgendaItem:
    return db.session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).limit(1)).one()


def write(meeting: Meeting, content: ItemContent = CONTENT, revision: int = 1) -> AgendaItem:
    item = first(meeting)
    meeting_id, item_id = meeting.id, item.id
    with transaction():
        update_item(meeting_id, item_id, content, by=BY, at=clock.now(), revision=revision)
    return db.session.get_one(AgendaItem, item_id)


def test_everything_written_about_an_item_is_kept(draft: Meeting) -> None:
    item = write(draft)
    assert {name: getattr(item, name) for name in CONTENT.__dataclass_fields__} == vars(CONTENT)
    assert (item.revision, item.position) == (2, 1)
    entry = db.session.scalars(select(JournalEntry)).one()
    assert entry.action == "item_changed"
    assert "Tarifs" not in str(entry.detail)


def test_two_agents_write_two_items_at_the_same_time(draft: Meeting) -> None:
    write(draft)
    second = db.session.scalars(select(AgendaItem).where(AgendaItem.position == 2)).one()
    meeting_id, item_id = draft.id, second.id
    with transaction():
        update_item(meeting_id, item_id, CONTENT, by=BY, at=clock.now(), revision=1)
    with transaction():
        update_facts(meeting_id, facts(), by=BY, at=clock.now(), revision=1)
    assert db.session.get_one(Meeting, meeting_id).revision == 4


def test_two_agents_do_not_write_the_same_item_over_each_other(draft: Meeting) -> None:
    write(draft)
    with pytest.raises(Refused, match="changed_meanwhile"):
        write(draft, replace(CONTENT, title="Autre titre"))
    assert first(draft).title == CONTENT.title


def test_the_same_words_sent_twice_are_no_conflict(draft: Meeting) -> None:
    write(draft)
    assert write(draft, revision=1).revision == 2


def test_saving_without_a_change_moves_nothing(draft: Meeting) -> None:
    assert write(draft).revision == write(draft, revision=2).revision == 2


def test_an_item_of_a_published_meeting_is_changed_elsewhere(council: Organization) -> None:
    with pytest.raises(Refused, match="published"):
        write(make.meeting(council))
