"""Files arrive in parts that resume, encrypted at once, never in clear on the disk."""

import os
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from elus.kernel import blobs, clock
from elus.kernel.blobs import Blob
from elus.kernel.db import db, transaction
from elus.kernel.journal import JournalEntry
from elus.meetings.dossier.tasks import LEFT_AFTER, give_up
from elus.papers import actions
from elus.papers.models import PART, File, FileState, UploadPart
from elus.papers.tasks import intake
from tests import factories as make
from tests.papers import documents
from tests.papers.sending import Agent, states, token_of

CANARY = b"Deliberation secrete du bureau"


@pytest.fixture
def agent(app: Flask, sign_in: Any) -> Agent:
    return Agent(sign_in)


def stored() -> list[Path]:
    root = Path(current_app.instance_path) / "files"
    return [path for path in root.rglob("*") if path.is_file()]


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_is_announced_sent_checked_and_filed(agent: Agent) -> None:
    file = agent.file(agent.add("2_Rapport_tarifs.pdf", documents.pdf(3)))
    assert (file.state, file.pages, file.media_type) == (FileState.READY, 3, "application/pdf")
    line = agent.lines()[0]
    assert (line.title, line.version, line.ready, line.sha256) == ("Rapport tarifs", 1, False, file.blob.sha256)
    assert (count(UploadPart), count(Blob), len(stored())) == (0, 1, 1)


def test_parts_come_in_any_order_and_twice(agent: Agent) -> None:
    content = documents.heavy(2 * PART + 5000)
    told = agent.announce("plan.pdf", len(content)).get_json()
    assert told["missing"] == [1, 2, 3]
    pieces = {number: content[(number - 1) * PART : number * PART] for number in told["missing"]}
    assert [agent.part(told["id"], number, pieces[number]).status_code for number in (3, 1, 3)] == [201, 201, 200]
    again = agent.announce("plan.pdf", len(content)).get_json()
    assert (again["id"], again["missing"]) == (told["id"], [2])
    assert agent.complete(told["id"]).get_json() == {"refused": "parts_missing", "missing": [2]}
    assert agent.call("GET", f"{agent.files}/{told['id']}").get_json()["missing"] == [2]
    agent.part(told["id"], 2, pieces[2])
    assert [agent.complete(told["id"]).status_code for _ in range(2)] == [202, 202]
    assert intake(clock.now()) == 1
    file = agent.file(told["id"])
    with blobs.read(file.blob) as reader:
        assert b"".join(reader.read(0, reader.size)) == content
    assert len(stored()) == 1


def test_another_content_at_the_place_of_a_part_is_refused(agent: Agent) -> None:
    told = agent.announce("plan.pdf", 1000).get_json()
    agent.part(told["id"], 1, b"a" * 1000)
    answer = agent.part(told["id"], 1, b"b" * 1000)
    assert (answer.status_code, answer.get_json()["refused"]) == (409, "part_differs")
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("number", "length", "status"),
    [
        (1, 999, 400),
        (1, 1001, 413),
        (1, PART + 1, 413),
        (0, 1000, 404),
        (2, 1000, 404),
        (99999999999999999999, 10, 404),
    ],
)
def test_a_part_that_was_not_announced_is_refused(agent: Agent, number: int, length: int, status: int) -> None:
    told = agent.announce("plan.pdf", 1000).get_json()
    assert agent.part(told["id"], number, b"x" * length).status_code == status
    assert (count(UploadPart), stored()) == (0, [])


def test_a_part_without_a_length_is_refused(agent: Agent) -> None:
    told = agent.announce("plan.pdf", 1000).get_json()
    answer = agent.call(
        "PUT", f"{agent.files}/{told['id']}/parties/1", headers={"Transfer-Encoding": "chunked"}, data=None
    )
    assert answer.status_code in {400, 411}
    assert stored() == []


def test_a_file_over_the_limit_is_refused_before_it_is_read(agent: Agent) -> None:
    answer = agent.announce("plan.pdf", 200_000_001)
    assert (answer.status_code, answer.get_json()) == (413, {"refused": "too_large", "limit": 200_000_000})
    form = agent.call(
        "POST",
        f"{agent.files}/envoi",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        environ_overrides={"CONTENT_LENGTH": "310000000", "wsgi.input": _Unreadable()},
    )
    assert form.status_code == 413
    assert count(File) == 0


class _Unreadable:
    """A body nobody should read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")

    readline = readinto = read

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(
    "told", [{"name": "a.pdf"}, {"name": "a.pdf", "size": "x"}, {"size": 5}, {"name": 5, "size": 5}]
)
def test_an_announcement_that_makes_no_sense_is_refused(agent: Agent, told: dict[str, Any]) -> None:
    assert agent.call("POST", agent.files, json=told).status_code == 400


def test_an_empty_file_is_refused_at_once(agent: Agent) -> None:
    answer = agent.announce("vide.pdf", 0)
    assert (answer.status_code, answer.get_json()["refused"]) == (422, "empty")


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "a\r\nSet-Cookie: x.pdf",
        "a\0b.pdf",
        "fdp.\u202egnp.pdf",
        "é" * 300 + ".pdf",
        "C:\\x\\y.pdf",
        "",
    ],
)
def test_a_name_is_never_trusted(agent: Agent, name: str) -> None:
    file = agent.file(agent.add(name, documents.pdf()))
    assert file.state is FileState.READY
    assert len(file.name) <= 150
    assert not set(file.name) & set("/\\\r\n\0\u202e")
    assert all(path.name == file.blob.id.hex for path in stored())


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("page.pdf", b"<!doctype html><script>alert(1)</script>", "unknown_type"),
        ("dessin.pdf", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_type"),
        ("coupe.pdf", documents.pdf(3)[:-700], "damaged"),
        ("protege.pdf", documents.encrypted("x"), "password"),
    ],
)
def test_a_refused_file_keeps_its_reason_and_no_bytes(agent: Agent, name: str, content: bytes, refusal: str) -> None:
    good = agent.add("2_Rapport.pdf", documents.pdf())
    file = agent.file(agent.add(name, content))
    assert (file.state, file.refusal, file.blob_id) == (FileState.REFUSED, refusal, None)
    assert agent.file(good).state is FileState.READY
    assert len(stored()) == 1
    page = agent.call("GET", agent.files, headers={"Accept": "text/html"}).text
    assert name in page
    assert agent.call("POST", f"{agent.files}/{file.id}/abandonner").status_code == 204
    assert len(agent.lines()) == 1


def test_cancelling_leaves_nothing(agent: Agent) -> None:
    told = agent.announce("plan.pdf", PART + 10).get_json()
    agent.part(told["id"], 1, b"x" * PART)
    assert agent.call("POST", f"{agent.files}/{told['id']}/abandonner").status_code == 204
    assert (count(File), count(Blob), stored(), agent.lines()) == (0, 0, [], [])


def test_an_upload_left_for_a_week_is_given_up(agent: Agent) -> None:
    told = agent.announce("plan.pdf", PART + 10).get_json()
    agent.part(told["id"], 1, b"x" * PART)
    now = clock.now()
    assert (give_up(now), count(File)) == (0, 1)
    assert (give_up(now + LEFT_AFTER + LEFT_AFTER), count(File), stored()) == (1, 0, [])


def test_a_worker_killed_after_assembling_goes_on_where_it_was(agent: Agent) -> None:
    told = agent.announce("plan.pdf", len(documents.pdf())).get_json()
    agent.part(told["id"], 1, documents.pdf())
    agent.complete(told["id"])
    with transaction():
        assert actions.claim(uuid.UUID(told["id"]), at=clock.now())
    assert intake(clock.now()) == 0
    assert intake(clock.now() + actions.LEASE * 2) == 1
    assert states() == [FileState.READY]


def test_an_altered_part_is_never_kept(agent: Agent) -> None:
    told = agent.announce("plan.pdf", len(documents.pdf())).get_json()
    agent.part(told["id"], 1, documents.pdf())
    path = stored()[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    agent.complete(told["id"])
    intake(clock.now())
    file = agent.file(told["id"])
    assert (file.state, file.refusal, file.blob_id) == (FileState.REFUSED, "incomplete", None)
    assert stored() == []
    assert db.session.scalar(select(func.count()).where(JournalEntry.action == "blob_damaged")) == 1


def test_a_full_disk_of_the_worker_loses_nothing(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    told = agent.announce("plan.pdf", len(documents.pdf())).get_json()
    agent.part(told["id"], 1, documents.pdf())
    agent.complete(told["id"])

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert intake(clock.now()) == 0
    assert states() == [FileState.CHECKING]
    assert intake(clock.now()) == 1
    assert (states(), len(stored())) == ([FileState.READY], 1)


def test_the_same_content_twice_is_told(agent: Agent) -> None:
    agent.add("2_Rapport.pdf", documents.pdf())
    agent.add("copie.pdf", documents.pdf())
    agent.add("autre.pdf", documents.pdf(2))
    assert [line.duplicate for line in agent.lines()] == [True, True, False]


def _form(agent: Agent, *files: tuple[str, bytes], token: str | None = None, **fields: str) -> Any:
    lines = []
    values = {"csrf_token": agent.token if token is None else token, **fields}
    for name, value in values.items():
        lines += [b"--b0", f'Content-Disposition: form-data; name="{name}"'.encode(), b"", value.encode()]
    for name, content in files:
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"'.encode()
        lines += [b"--b0", head, b"Content-Type: application/pdf", b"", content]
    body = b"\r\n".join([*lines, b"--b0--", b""])
    headers = {"X-CSRFToken": "", "Content-Type": "multipart/form-data; boundary=b0"}
    return agent.call("POST", f"{agent.files}/envoi", headers=headers, data=body)


def test_without_script_a_form_sends_many_files(agent: Agent) -> None:
    heavy = documents.heavy(3_000_000)
    answer = _form(agent, ("2_Rapport.pdf", documents.pdf()), ("3-A1_plan.pdf", heavy), ("", b""))
    assert answer.status_code == 200, answer.text
    assert intake(clock.now()) == 2
    assert states() == [FileState.READY] * 2
    assert [line.size for line in agent.lines()] == [len(documents.pdf()), len(heavy)]


def test_the_form_is_never_spooled_in_clear(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was opened")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile", refuse)
    monkeypatch.setattr("werkzeug.formparser.default_stream_factory", refuse)
    content = documents.pdf() + CANARY * 40_000
    _form(agent, ("note.pdf", content))
    assert stored()
    assert not [path for path in stored() if CANARY in path.read_bytes()]


@pytest.mark.parametrize("token", ["", "faux"])
def test_a_form_without_its_token_adds_nothing(agent: Agent, token: str) -> None:
    assert _form(agent, ("note.pdf", documents.pdf()), token=token).status_code == 400
    assert (count(File), stored()) == (0, [])


def test_a_form_cut_midway_keeps_what_arrived_whole(agent: Agent) -> None:
    head = b'--b0\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + agent.token.encode() + b"\r\n"
    one = b'--b0\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n'
    body = head + one % b"a.pdf" + documents.pdf() + b"\r\n" + one % b"b.pdf" + documents.pdf()[:2000]
    headers = {"Content-Type": "multipart/form-data; boundary=b0"}
    assert agent.call("POST", f"{agent.files}/envoi", headers=headers, data=body).status_code == 400
    intake(clock.now())
    assert states() == [FileState.READY]
    assert len(stored()) == 1


def test_strangers_and_members_add_nothing(agent: Agent, sign_in: Any) -> None:
    member = sign_in(make.member(agent.council))
    token = token_of(member)
    told = agent.announce("plan.pdf", 1000).get_json()
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    for method, url in (
        ("POST", agent.files),
        ("GET", agent.files),
        ("PUT", f"{agent.files}/{told['id']}/parties/1"),
        ("POST", f"{agent.files}/{told['id']}/complet"),
        ("POST", f"{agent.files}/{told['id']}/abandonner"),
        ("POST", f"{agent.files}/envoi"),
    ):
        assert member.open(url, method=method, headers=headers).status_code == 404, url


def test_without_its_token_a_part_is_refused(agent: Agent) -> None:
    told = agent.announce("plan.pdf", 4).get_json()
    url = f"{agent.files}/{told['id']}/parties/1"
    assert agent.browser.open(url, method="PUT", data=b"abcd").status_code == 400
    assert stored() == []


def test_a_full_disk_says_so_and_leaves_nothing(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    told = agent.announce("plan.pdf", 1000).get_json()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert agent.part(told["id"], 1, b"x" * 1000).status_code == 503
    assert (stored(), count(UploadPart)) == ([], 0)
    assert agent.part(told["id"], 1, b"x" * 1000).status_code == 201


def test_two_copies_of_a_part_at_the_same_moment_make_one(agent: Agent) -> None:
    told = agent.announce("plan.pdf", PART).get_json()
    codes: list[int] = []
    content = os.urandom(PART)
    threads = [
        threading.Thread(target=lambda: codes.append(agent.part(told["id"], 1, content).status_code)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 201]
    assert (count(UploadPart), len(stored())) == (1, 1)
