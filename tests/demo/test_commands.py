"""`elus demo`: create once, show, code, refresh; never beside real data."""

import json
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import ScriptInfo
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from elus import create_app
from elus.config import ConfigError
from elus.demo import build, coming
from elus.demo import refresh as dates
from elus.demo.cli import demo_commands
from elus.identity import totp
from elus.identity.models import User
from elus.identity.passwords import verify
from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.meetings.models import Meeting
from elus.organizations.models import Body
from tests.demo.conftest import AT, Built


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(demo_commands, list(words), obj=ScriptInfo(create_app=lambda: app))
    return result.exit_code, result.output


def accounts(app: Flask) -> list[dict[str, object]]:
    return json.loads((Path(app.instance_path) / "demo-accounts.json").read_text())


def test_accounts_are_written_for_their_owner_only(demo: Flask) -> None:
    path = Path(demo.instance_path) / "demo-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = accounts(demo)
    assert len(told) > 500
    assert set(told[0]) == {
        *("email", "name", "roles", "organizations", "password", "totp_secret", "recovery_codes", "feed_url")
    }
    assert len({one["password"] for one in told}) == len(told)
    assert all(str(one["feed_url"]).startswith("http://localhost/agenda/") for one in told)


def test_an_account_opens_with_what_is_written(demo: Flask) -> None:
    told = accounts(demo)[0]
    user = db.session.scalars(select(User).where(User.email == told["email"])).one()
    assert verify(user.password_hash, str(told["password"]))
    assert user.activated_at
    assert user.totp_confirmed_at


def test_a_few_accounts_were_never_activated(demo: Flask) -> None:
    assert 5 <= len(db.session.scalars(select(User).where(User.activated_at.is_(None))).all()) <= 10
    assert len(db.session.scalars(select(User).where(User.administrator_since.is_not(None))).all()) == 1


def test_creating_again_changes_nothing(demo: Flask) -> None:
    before = (Path(demo.instance_path) / "demo-accounts.json").read_bytes()
    assert build.create(AT) is None
    assert (Path(demo.instance_path) / "demo-accounts.json").read_bytes() == before


def test_a_database_with_real_data_is_left_alone(bare: Flask) -> None:
    with transaction():
        db.session.add(Body(name="Commune réelle", body_type="commune_lt_3500", siren="1", population=9, address="x"))
    with pytest.raises(build.NotHere, match="données réelles"):
        build.create(AT)
    assert not (Path(bare.instance_path) / "demonstration").exists()


@pytest.mark.parametrize("words", [("show",), ("code", "a@b.invalid"), ("refresh",)])
def test_nothing_works_outside_a_demonstration(bare: Flask, words: tuple[str, ...]) -> None:
    code, said = run(bare, *words)
    assert code == 1
    assert "que dans une démonstration" in said
    assert "Traceback" not in said


def test_a_late_clock_is_told(bare: Flask) -> None:
    with pytest.raises(build.NotHere, match="horloge"):
        build.create(AT - timedelta(days=300))


def test_show_names_three_people_with_a_current_code(demo: Flask) -> None:
    code, said = run(demo, "show")
    assert code == 0
    assert "http://localhost" in said
    for title in ("Secrétariat", "Élue ou élu", "Administration"):
        assert title in said
    assert sum(line.strip().startswith("mot de passe") for line in said.splitlines()) == 3


def test_code_is_the_one_a_telephone_shows(demo: Flask) -> None:
    told = accounts(demo)[3]
    now = clock.now()
    code, said = run(demo, "code", str(told["email"]).upper())
    assert code == 0
    assert said.strip() in {totp.code_at(str(told["totp_secret"]), now + timedelta(seconds=n)) for n in (0, 10)}


def test_code_of_somebody_unknown_is_refused(demo: Flask) -> None:
    code, said = run(demo, "code", "personne@parthenay-gatine.invalid")
    assert code == 1
    assert "Aucun compte" in said


def test_refresh_brings_the_council_back_and_leaves_what_was_published(built: Built, demo: Flask) -> None:
    later = AT + timedelta(days=10)
    with transaction():
        moved = {one.day: one.moved for one in dates.refresh(later)}
    meeting = db.session.get_one(Meeting, coming.READY)
    assert moved[meeting.day]
    assert (meeting.day - clock.local_day(later)).days in (14, 16)
    assert meeting.starts_at.astimezone().date() == meeting.day
    announced = db.session.get_one(Meeting, coming.ANNOUNCED)
    assert announced.sequence == 1
    held = meeting.day
    with transaction():
        db.session.get_one(Meeting, coming.READY).published_at = later
    with transaction():
        dates.refresh(later + timedelta(days=3))
    assert db.session.get_one(Meeting, coming.READY).day == held
    with transaction():
        db.session.get_one(Meeting, coming.READY).published_at = None
    with transaction():
        dates.refresh(AT)


def test_an_installation_that_answers_the_world_is_refused(bare: Flask) -> None:
    found = build.settings()
    bare.extensions["elus.settings"] = replace(found, listen="0.0.0.0:8000")
    with pytest.raises(ConfigError, match="n’écoute que sur cette machine"):
        build.create(AT)
    bare.extensions["elus.settings"] = replace(found, smtp_url="smtp://mail.ville.example")
    with pytest.raises(ConfigError, match="n’envoie de messages"):
        build.create(AT)
    assert build.is_empty()


def test_a_failed_creation_leaves_no_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELUS_INSTANCE", str(tmp_path / "new"))
    monkeypatch.setenv("ELUS_LISTEN", "0.0.0.0:8000")
    result = FlaskCliRunner(Flask("none")).invoke(demo_commands, ["create"], obj=ScriptInfo(create_app=create_app))
    assert isinstance(result.exception, ConfigError)
    assert not (tmp_path / "new" / "keys.json").exists()
