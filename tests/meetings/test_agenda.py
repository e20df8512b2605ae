import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.meetings.actions import add_item, move_item, paste_agenda, remove_item, restore_item
from elus.meetings.models import AgendaItem, Consultation, Meeting, RemovedItem
from elus.organizations.models import Organization
from tests import factories as make
from tests.meetings.conftest import BY

Read = Callable[[uuid.UUID], list[str]]


def ids(meeting_id: uuid.UUID) -> list[uuid.UUID]:
    return list(
        db.session.scalars(
            select(AgendaItem.id).where(AgendaItem.meeting_id == meeting_id).order_by(AgendaItem.position)
        )
    )


def revision(meeting_id: uuid.UUID) -> int:
    return db.session.scalars(select(Meeting.revision).where(Meeting.id == meeting_id)).one()


def move(meeting_id: uuid.UUID, item_id: uuid.UUID, position: int, seen: int | None = None) -> int:
    with transaction():
        return move_item(
            meeting_id,
            item_id,
            position,
            by=BY,
            at=clock.now(),
            revision=revision(meeting_id) if seen is None else seen,
        )


def remove(meeting_id: uuid.UUID, item_id: uuid.UUID, seen: int | None = None) -> None:
    with transaction():
        remove_item(meeting_id, item_id, by=BY, at=clock.now(), revision=revision(meeting_id) if seen is None else seen)


def restore(meeting_id: uuid.UUID, item_id: uuid.UUID) -> None:
    with transaction():
        restore_item(meeting_id, item_id, by=BY, at=clock.now())


def add(meeting_id: uuid.UUID, title: str) -> uuid.UUID:
    with transaction():
        return add_item(meeting_id, title, by=BY, at=clock.now()).id


def test_pasted_titles_are_added_at_the_end(draft: Meeting, agenda: Read) -> None:
    with transaction():
        paste_agenda(draft.id, ["Six", "Sept"], by=BY, at=clock.now(), revision=1)
    assert agenda(draft.id) == ["Un", "Deux", "Trois", "Quatre", "Cinq", "Six", "Sept"]
    assert revision(draft.id) == 2


def test_two_agents_do_not_paste_the_same_agenda_twice(draft: Meeting) -> None:
    with transaction():
        paste_agenda(draft.id, ["Six"], by=BY, at=clock.now(), revision=1)
    with pytest.raises(Refused, match="changed_meanwhile"), transaction():
        paste_agenda(draft.id, ["Six"], by=BY, at=clock.now(), revision=1)
    assert len(ids(draft.id)) == 6


def test_an_agenda_has_a_bound(draft: Meeting) -> None:
    with pytest.raises(Refused, match="too_many"), transaction():
        paste_agenda(draft.id, ["Point"] * 200, by=BY, at=clock.now(), revision=1)


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        (1, ["Trois", "Un", "Deux", "Quatre", "Cinq"]),
        (2, ["Un", "Trois", "Deux", "Quatre", "Cinq"]),
        (3, ["Un", "Deux", "Trois", "Quatre", "Cinq"]),
        (5, ["Un", "Deux", "Quatre", "Cinq", "Trois"]),
        (99, ["Un", "Deux", "Quatre", "Cinq", "Trois"]),
        (-3, ["Trois", "Un", "Deux", "Quatre", "Cinq"]),
    ],
)
def test_an_item_moves_and_the_others_close_up(
    draft: Meeting, agenda: Read, position: int, expected: list[str]
) -> None:
    took = move(draft.id, ids(draft.id)[2], position)
    assert agenda(draft.id) == expected
    assert took == expected.index("Trois") + 1


def test_a_move_costs_the_same_number_of_statements_at_any_size(council: Organization, queries: Callable) -> None:  # type: ignore[type-arg]
    costs = []
    for size in (5, 50):
        draft_id = make.draft(council, titles=[f"Point {n}" for n in range(size)]).id
        first = ids(draft_id)[0]
        db.session.rollback()
        with queries() as counted, transaction():
            move_item(draft_id, first, size, by=BY, at=clock.now(), revision=1)
        costs.append(counted.count)
        updates = [one for one in counted.statements if one.startswith("UPDATE agenda_item")]
        assert len(updates) == 1
    assert costs[0] == costs[1]


def test_a_move_on_an_older_page_is_refused(draft: Meeting, agenda: Read) -> None:
    first, last = ids(draft.id)[0], ids(draft.id)[-1]
    move(draft.id, first, 5)
    with pytest.raises(Refused, match="changed_meanwhile"):
        move(draft.id, last, 1, seen=1)


def test_an_item_taken_off_leaves_its_papers_to_be_filed_and_comes_back_with_them(
    council: Organization, agenda: Read
) -> None:
    draft = make.meeting(council, published=False, papers=[make.file()], titles=("Deux", "Trois"))
    draft_id, first = draft.id, ids(draft.id)[0]
    remove(draft_id, first)
    assert agenda(draft_id) == ["Deux", "Trois"]
    assert db.session.scalars(select(Consultation.item_id)).all() == [None]
    restore(draft_id, first)
    assert agenda(draft_id) == ["Note de synthèse", "Deux", "Trois"]
    assert db.session.scalars(select(Consultation.item_id)).all() == [first]
    assert db.session.scalars(select(RemovedItem)).all() == []


def test_an_item_comes_back_only_until_the_next_change(draft: Meeting) -> None:
    first = ids(draft.id)[0]
    remove(draft.id, first)
    add(draft.id, "Six")
    with pytest.raises(Refused, match="item_gone"):
        restore(draft.id, first)


def test_an_item_a_colleague_wrote_meanwhile_is_not_taken_off(draft: Meeting) -> None:
    first = ids(draft.id)[0]
    with transaction():
        db.session.get_one(AgendaItem, first).revision = 2
    with pytest.raises(Refused, match="changed_meanwhile"):
        remove(draft.id, first, seen=1)


def test_an_item_of_another_meeting_is_out_of_reach(draft: Meeting, council: Organization) -> None:
    other = make.draft(council, titles=("Ailleurs",))
    stranger = ids(other.id)[0]
    with pytest.raises(Refused, match="item_gone"):
        move(draft.id, stranger, 1)
    with pytest.raises(Refused, match="item_gone"):
        remove(draft.id, stranger)


@pytest.mark.parametrize("act", ["add", "move", "remove"])
def test_a_published_agenda_is_frozen_here(council: Organization, act: str, agenda: Read) -> None:
    published = make.meeting(council).id
    before, first = agenda(published), ids(published)[0]
    with pytest.raises(Refused, match="published"):
        {
            "add": lambda: add(published, "Six"),
            "move": lambda: move(published, first, 2),
            "remove": lambda: remove(published, first),
        }[act]()
    assert agenda(published) == before


operations = st.lists(
    st.tuples(st.sampled_from(["add", "move", "remove", "restore"]), st.integers(0, 9), st.integers(-2, 12)),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations)
def test_positions_stay_contiguous_whatever_the_operations(
    app: Flask, agenda: Read, council: Organization, steps: list[tuple[str, int, int]]
) -> None:
    draft_id = make.draft(council, titles=("a", "b", "c")).id
    model, taken = agenda(draft_id), None
    for act, pick, position in steps:
        here = ids(draft_id)
        if act == "add":
            add(draft_id, f"n{pick}")
            model, taken = [*model, f"n{pick}"], None
        elif act == "restore" and taken:
            index, title, item_id = taken
            restore(draft_id, item_id)
            model, taken = [*model[:index], title, *model[index:]], None
        elif here and act == "move":
            index = pick % len(here)
            target = max(1, min(position, len(here))) - 1
            move(draft_id, here[index], position)
            if target != index:
                taken = None
            title = model[index]
            model = model[:index] + model[index + 1 :]
            model.insert(target, title)
        elif here and act == "remove":
            index = pick % len(here)
            remove(draft_id, here[index])
            taken = (index, model[index], here[index])
            model = model[:index] + model[index + 1 :]
        assert agenda(draft_id) == model
