"""The papers of a meeting: filed by their names, put in order, replaced, withdrawn."""

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.meetings.dossier import actions
from elus.meetings.dossier.queries import papers_of, tray
from elus.meetings.models import AgendaItem, Meeting
from elus.papers.models import FileState, Paper, PaperKind
from tests import factories as make
from tests.papers import documents
from tests.papers.sending import Agent


@pytest.fixture
def agent(app: Flask, sign_in: Any) -> Agent:
    return Agent(sign_in)


def items(agent: Agent) -> dict[int, uuid.UUID]:
    db.session.rollback()
    rows = db.session.execute(
        select(AgendaItem.position, AgendaItem.id).where(AgendaItem.meeting_id == agent.meeting_id)
    )
    return {position: item_id for position, item_id in rows}  # noqa: C416 — a result is no dict


def publish(agent: Agent) -> None:
    with transaction():
        actions.mark_ready(agent.meeting_id, by=uuid.uuid4(), at=clock.now())
        db.session.execute(update(Meeting).values(published_at=clock.now()))


def test_files_file_themselves_in_their_order_whatever_order_they_came_in(agent: Agent) -> None:
    for name in ("2-A2_carte.pdf", "2_Rapport_eau.pdf", "9_Rapport.pdf", "2-A1_plan.pdf", "2_Note_eau.pdf", "vrac.pdf"):
        agent.add(name, documents.pdf(words=name))
    second = items(agent)[2]
    filed = [(line.title, line.kind.value, line.position) for line in agent.lines() if line.item_id == second]
    assert filed == [
        ("Note eau", "note", 1),
        ("Rapport eau", "report", 2),
        ("Plan", "annex", 3),
        ("Carte", "annex", 4),
    ]
    assert [line.title for line in agent.lines() if line.item_id is None] == ["Rapport", "Vrac"]


def test_the_tray_proposes_a_place_and_takes_the_answer(agent: Agent) -> None:
    agent.add("tarifs eau potable.pdf", documents.pdf())
    (line, proposed) = tray(agent.meeting_id).lines[0]
    assert proposed == 2
    page = agent.call("GET", agent.files, headers={"Accept": "text/html"}).text
    assert 'value="2"' in page
    assert agent.place(line, number="3", title="Tarifs 2027", kind="note", was=line.title).status_code == 200
    placed = agent.line("Tarifs 2027")
    assert (placed.item_id, placed.kind) == (items(agent)[3], PaperKind.NOTE)
    assert tray(agent.meeting_id).lines == ()
    assert agent.place(placed, number="40").get_json() == {"refused": "no_such_item"}
    assert agent.place(placed, item=str(uuid.uuid4())).get_json() == {"refused": "item_gone"}
    assert agent.place(placed, item="x").status_code == 400
    agent.place(placed, item="")
    assert agent.line("Tarifs 2027").item_id is None


def test_two_agents_rename_the_same_paper(agent: Agent) -> None:
    agent.add("2_Rapport.pdf", documents.pdf())
    line = agent.lines()[0]
    assert agent.place(line, title="Rapport A", was="Rapport").status_code == 200
    answer = agent.place(line, title="Rapport B", was="Rapport")
    assert (answer.status_code, answer.get_json()) == (409, {"refused": "changed_meanwhile"})
    assert agent.lines()[0].title == "Rapport A"
    assert agent.place(line, title=" \u202e ", was="Rapport A").get_json() == {"refused": "untitled"}


def test_papers_move_within_their_item(agent: Agent) -> None:
    for name in ("2_Note.pdf", "2_Rapport.pdf", "2-A1_Plan.pdf"):
        agent.add(name, documents.pdf(words=name))
    url = f"{agent.papers}/{agent.line('Plan').paper_id}/position"
    agent.call("POST", url, data={"position": "1"})
    assert [line.title for line in agent.lines()] == ["Plan", "Note", "Rapport"]
    agent.call("POST", url, data={"position": "down"})
    assert [line.title for line in agent.lines()] == ["Note", "Plan", "Rapport"]
    agent.call("POST", url, data={"position": "99999999"})
    assert [line.title for line in agent.lines()] == ["Note", "Rapport", "Plan"]
    assert agent.call("POST", url, data={"position": "x"}).status_code == 400


def test_only_accepted_and_filed_papers_become_ready(agent: Agent) -> None:
    agent.add("2_Rapport.pdf", documents.pdf())
    agent.add("3_Note.pdf", b"<html>")
    agent.add("vrac.pdf", documents.pdf(2))
    agent.call("POST", f"{agent.papers}/prets")
    assert {line.title: line.ready for line in agent.lines()} == {"Rapport": True, "Note": False, "Vrac": False}
    agent.call("POST", f"{agent.papers}/{agent.line('Rapport').paper_id}/pret")
    assert not agent.line("Rapport").ready


def test_a_new_version_keeps_the_old_one(agent: Agent) -> None:
    first = agent.add("2_Rapport.pdf", documents.pdf(1))
    line = agent.lines()[0]
    bad = agent.add("rapport v2.pdf", b"<html>", paper=str(line.paper_id))
    replaced = agent.lines()[0]
    assert (str(replaced.file_id), replaced.incoming.state, replaced.incoming.refusal) == (
        first,
        FileState.REFUSED,
        "unknown_type",
    )
    agent.call("POST", f"{agent.files}/{bad}/abandonner")
    second = agent.add("rapport v2.pdf", documents.pdf(2), paper=str(line.paper_id))
    replaced = agent.lines()[0]
    assert (str(replaced.file_id), replaced.version, replaced.title) == (second, 2, "Rapport")
    assert replaced.earlier == ((1, uuid.UUID(first)),)
    agent.announce("v3.pdf", 100, paper=str(line.paper_id))
    assert agent.announce("v4.pdf", 101, paper=str(line.paper_id)).get_json() == {"refused": "version_on_its_way"}
    assert agent.announce("x.pdf", 5, paper=str(uuid.uuid4())).status_code == 404


def test_once_published_a_change_is_seen_only_when_it_leaves(agent: Agent, sign_in: Any) -> None:
    first = agent.add("2_Rapport.pdf", documents.pdf(1))
    publish(agent)
    paper_id = agent.lines()[0].paper_id
    second = agent.add("v2.pdf", documents.pdf(2), paper=str(paper_id))
    added = agent.add("3_Annexe.pdf", documents.pdf(3))
    with transaction():
        actions.mark_ready(agent.meeting_id, by=uuid.uuid4(), at=clock.now())
    member = sign_in(make.member(agent.council))
    url = f"/reunions/{agent.meeting_id}/pieces/"
    assert [member.get(url + file).status_code for file in (first, second, added)] == [200, 404, 404]
    now = clock.now()
    assert [str(line.file_id) for line in papers_of(agent.meeting_id, shown_at=now)] == [first]
    assert [line.withheld for line in papers_of(agent.meeting_id)] == [True, True]
    with transaction():
        assert actions.release(agent.meeting_id, leaves_at=now) == 2
    assert [member.get(url + file).status_code for file in (first, second, added)] == [200, 200, 200]
    assert [str(line.file_id) for line in papers_of(agent.meeting_id, shown_at=clock.now())] == [second, added]
    with transaction():
        assert actions.withhold(agent.meeting_id, leaves_at=now) == 2
    assert member.get(url + second).status_code == 404


def test_what_members_have_seen_is_withdrawn_never_erased(agent: Agent, sign_in: Any) -> None:
    file_id = agent.add("2_Rapport.pdf", documents.pdf())
    publish(agent)
    line = agent.lines()[0]
    url = f"{agent.papers}/{line.paper_id}"
    assert agent.call("POST", f"{url}/retirer").get_json() == {"refused": "published"}
    assert agent.place(line, title="Autre").get_json() == {"refused": "published"}
    assert agent.call("POST", f"{url}/pret").get_json() == {"refused": "published"}
    assert agent.call("POST", f"{agent.files}/{file_id}/abandonner").get_json() == {"refused": "published"}
    member = sign_in(make.member(agent.council))
    assert member.get(f"/reunions/{agent.meeting_id}/pieces/{file_id}").status_code == 200
    agent.call("POST", f"{url}/retirer", data={"how": "withdraw"})
    assert member.get(f"/reunions/{agent.meeting_id}/pieces/{file_id}").status_code == 404
    assert agent.lines()[0].withdrawn_at is not None


def test_a_draft_paper_is_erased_with_its_bytes(agent: Agent) -> None:
    agent.add("2_Rapport.pdf", documents.pdf())
    agent.call("POST", f"{agent.papers}/{agent.lines()[0].paper_id}/retirer")
    assert agent.lines() == []
    assert db.session.scalars(select(Paper)).all() == []


def test_a_cancelled_meeting_takes_no_paper(agent: Agent) -> None:
    with transaction():
        db.session.execute(update(Meeting).values(cancelled_at=clock.now()))
    assert agent.announce("2_Rapport.pdf", 10).get_json() == {"refused": "cancelled"}
    with pytest.raises(Refused, match="cancelled"), transaction():
        actions.add(agent.meeting_id, actions.Offer("a.pdf", 1), by=uuid.uuid4(), at=clock.now())


def test_the_papers_of_another_meeting_are_not_touched(agent: Agent, sign_in: Any) -> None:
    agent.add("2_Rapport.pdf", documents.pdf())
    other = Agent(sign_in)
    line = agent.lines()[0]
    assert other.call("POST", f"{other.papers}/{line.paper_id}/retirer").status_code == 404
    assert other.call("POST", f"{agent.papers}/{line.paper_id}/retirer").status_code == 404
    assert other.announce("x.pdf", 5, paper=str(line.paper_id)).status_code == 404
    mine = agent.announce("2_Note.pdf", 5, item=str(items(other)[2]))
    assert mine.get_json() == {"refused": "item_gone"}


@pytest.mark.parametrize("count", [3, 30])
def test_papers_and_tray_cost_the_same_at_any_size(app: Flask, sign_in: Any, queries: Any, count: int) -> None:
    agent = Agent(sign_in, papers=[make.file(title=f"Rapport {n}") for n in range(count)])
    with queries() as listed:
        assert len(papers_of(agent.meeting_id)) == count
    with queries() as fragment:
        tray(agent.meeting_id)
    assert (listed.count, fragment.count) == (1, 2)
