"""Two processes at the same instant, four tries each: what serves once serves once, and every try counts."""

import subprocess
import sys
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from elus.identity import actions, passwords
from elus.identity.cores import Cores
from elus.identity.models import Invitation, PasswordReset, Session, User
from elus.identity.origin import Origin
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.organizations.models import Person
from tests import factories as make
from tests.identity.at_once import TIMES, two_processes

ALL = 2 * TIMES


@pytest.fixture
def member(app: Flask) -> Person:
    somebody = make.member()
    make.complete_account(somebody)
    return somebody


def _user_id(of: Person) -> uuid.UUID:
    db.session.rollback()
    found = db.session.scalars(select(User.id).where(User.person_id == of.id)).one()
    db.session.rollback()  # nothing here may hold the database while the others work
    return found


def _once(results: list[str]) -> None:
    assert results.count("opened") == 1, results


@pytest.mark.asvs("V6.5.1")
def test_a_code_of_six_digits_serves_once(app: Flask, member: Person) -> None:
    results = two_processes(app, "totp", _user_id(member), make.current_code())
    _once(results)
    assert set(results) <= {"opened", "used", "too_many_tries"}


@pytest.mark.asvs("V6.5.1")
def test_a_recovery_code_serves_once(app: Flask) -> None:
    somebody = make.member()
    code = make.complete_account(somebody)[0]
    _once(two_processes(app, "recovery", _user_id(somebody), code))


def test_an_invitation_is_started_once(app: Flask) -> None:
    user_id, at = make.account(make.person(), active=False).id, clock.now()
    made = make.saved(
        Invitation(
            id=uuid.uuid4(),
            user_id=user_id,
            token_hash=uuid.uuid4().hex,
            created_at=at,
            expires_at=at + timedelta(days=1),
        )
    )
    invitation_id = made.id
    db.session.rollback()
    results = two_processes(app, "invitation", invitation_id)
    _once(results)
    assert results.count("no_longer_open") == ALL - 1


def test_a_rescue_code_serves_once(app: Flask, member: Person) -> None:
    user_id, address, at = _user_id(member), member.email, clock.now()
    with transaction():
        rescue = actions.ask_rescue(user_id, reason="Tablette tombée", by=None, at=at)
        code = actions.issue_rescue(rescue.id, seconded_by=None, at=at)
    _once(two_processes(app, "rescue", address, code))


def test_a_link_to_choose_another_password_serves_once(app: Flask) -> None:
    somebody = make.member()
    codes = make.complete_account(somebody)
    user_id, at = _user_id(somebody), clock.now()
    made = make.saved(
        PasswordReset(
            id=uuid.uuid4(),
            user_id=user_id,
            token_hash=uuid.uuid4().hex,
            created_at=at,
            expires_at=at + timedelta(hours=1),
        )
    )
    reset_id = made.id
    db.session.rollback()
    _once(two_processes(app, "reset", reset_id, *codes))


def test_a_challenge_serves_once(app: Flask) -> None:
    results = two_processes(app, "challenge", (b"\0" * 80).hex())
    _once(results)
    assert results.count("expired") == ALL - 1


def test_the_first_step_is_completed_once(app: Flask, member: Person) -> None:
    user_id, at = _user_id(member), clock.now()
    with transaction():
        actions.open_pending(user_id, origin=Origin("tests"), long_lived=False, at=at)
        session_id = db.session.scalars(select(Session.id)).one()
    _once(two_processes(app, "pending", session_id))


@pytest.mark.asvs("V6.3.1")
def test_tries_of_two_processes_make_one_count(app: Flask) -> None:
    results = two_processes(app, "address", "inconnu@exemple.invalid")
    assert results.count("counted") == 5
    assert results.count("too_many_tries") == ALL - 5


@pytest.mark.asvs("V6.3.1")
def test_after_a_restart_and_without_redis_one_still_waits(app: Flask) -> None:
    """Each process is a new server; the Redis they are given does not answer."""
    here = Origin("tests", behind="192.0.2.1/32")
    for _ in range(5):
        with transaction():
            actions.try_password("inconnu@exemple.invalid", origin=here, at=clock.now())
    db.session.rollback()
    results = two_processes(app, "address", "inconnu@exemple.invalid", ELUS_REDIS_URL="redis://127.0.0.1:9")
    assert results == ["too_many_tries"] * ALL


def test_one_hash_a_core_among_processes(app: Flask, tmp_path: Any) -> None:
    """A process that holds every place makes another wait; killed, it frees them."""
    holder = (
        "import sys, time; from pathlib import Path; from elus.identity.cores import Cores\n"
        "cores = Cores(1); cores.share(Path(sys.argv[1]))\n"
        "with cores.one(): print('held', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout
    try:
        assert other.stdout.readline() == "held\n"
        cores, entered = Cores(1), threading.Event()
        cores.share(tmp_path)

        def hash_something() -> None:
            with cores.one():
                entered.set()

        waiting = threading.Thread(target=hash_something)
        waiting.start()
        assert not entered.wait(0.3)
        other.kill()
        assert entered.wait(10)
        waiting.join()
    finally:
        other.kill()
        other.wait()
        other.stdout.close()


def test_never_more_hashes_than_cores_among_threads() -> None:
    cores, inside, most = Cores(2), [0], [0]
    guard = threading.Lock()

    def work() -> None:
        with cores.one():
            with guard:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.005)
            with guard:
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 2


def test_a_password_is_hashed_in_a_place(app: Flask) -> None:
    assert passwords.CORES.count >= 1
    assert passwords.verify(None, "quatre arbres sous la pluie") is False
    assert db.session.scalar(select(func.count()).select_from(User)) == 0
