"""A backup holds everything but the keys, and a restore proves it before it believes it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from elus import create_app
from elus.config import Settings, load
from elus.kernel import blobs
from elus.kernel.blobs import Blob
from elus.kernel.crypto import Keyring
from elus.kernel.db import db
from elus.meetings.models import Meeting
from elus.ops import backups
from elus.organizations.models import Body
from tests import factories as make
from tests.conftest import AT


def _filled() -> tuple[Meeting, bytes]:
    content = b"%PDF-1.7\n" + b"deliberation " * 40_000
    group = make.body()
    make.body("Commune d’Amailloux", "commune_lt_3500", group_id=group.id)
    meeting = make.meeting(make.organization(of=group), papers=[make.file(content)])
    return meeting, content


@contextmanager
def _another(tmp_path: Path, keys: Path) -> Iterator[Flask]:
    """An empty installation with a keyring of its own choosing; always SQLite, whatever the backup came from."""
    settings = load({"ELUS_INSTANCE": str(tmp_path / "other"), "ELUS_KEYS": str(keys), "ELUS_LISTEN": "127.0.0.1:80"})
    settings.instance.mkdir(parents=True, exist_ok=True)
    other = create_app(settings, testing=True)
    with other.app_context():
        yield other
        db.session.remove()
        db.engine.dispose()


def _settings(app: Flask) -> Settings:
    found: Settings = app.extensions["elus.settings"]
    return found


def test_everything_comes_back_in_an_empty_installation(app: Flask, tmp_path: Path) -> None:
    meeting, content = _filled()
    title, count = meeting.title, db.session.scalar(select(func.count()).select_from(Body))
    made = backups.backup(tmp_path / "backups", at=AT)
    assert made.files == 1
    with _another(tmp_path, _settings(app).keys):
        restored = backups.restore(made.folder, at=AT)
        assert restored.rows == made.rows
        assert db.session.scalars(select(Meeting.title)).one() == title
        assert db.session.scalar(select(func.count()).select_from(Body)) == count
        assert db.session.scalars(select(Body.group_id).where(Body.group_id.is_not(None))).one()
        with blobs.read(db.session.scalars(select(Blob)).one()) as reader:
            assert b"".join(reader.read(0, reader.size)) == content


def test_the_keys_are_never_in_a_backup_and_papers_are_not_readable_in_it(app: Flask, tmp_path: Path) -> None:
    _filled()
    made = backups.backup(tmp_path / "backups", at=AT)
    root = json.loads(_settings(app).keys.read_text())["keys"]["k1"]["key"]
    for path in made.folder.rglob("*"):
        if path.is_file():
            assert root.encode() not in path.read_bytes()
            assert b"deliberation deliberation" not in path.read_bytes()


def test_an_altered_backup_is_refused_before_anything_is_written(app: Flask, tmp_path: Path) -> None:
    _filled()
    made = backups.backup(tmp_path / "backups", at=AT)
    stored = next((made.folder / "files").iterdir())
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with _another(tmp_path, _settings(app).keys), pytest.raises(backups.BadBackup, match="altéré"):
        backups.restore(made.folder, at=AT)


def test_other_keys_cannot_restore(app: Flask, tmp_path: Path) -> None:
    _filled()
    made = backups.backup(tmp_path / "backups", at=AT)
    Keyring.create(tmp_path / "other-keys.json")
    with _another(tmp_path, tmp_path / "other-keys.json"), pytest.raises(backups.BadBackup, match="clés"):
        backups.restore(made.folder, at=AT)


def test_a_restore_never_writes_over_an_installation(app: Flask, tmp_path: Path) -> None:
    _filled()
    made = backups.backup(tmp_path / "backups", at=AT)
    with _another(tmp_path, _settings(app).keys):
        backups.restore(made.folder, at=AT)
        with pytest.raises(backups.BadBackup, match="vide"):
            backups.restore(made.folder, at=AT)


def test_a_backup_that_finds_an_altered_file_says_so(app: Flask, tmp_path: Path) -> None:
    _filled()
    blob = db.session.scalars(select(Blob)).one()
    path = Path(app.instance_path) / "files" / blob.key
    path.write_bytes(b"x" + path.read_bytes()[1:])
    with pytest.raises(backups.BadBackup, match="altéré"):
        backups.backup(tmp_path / "backups", at=AT)
    assert not (tmp_path / "backups" / f"elus-{AT:%Y%m%d-%H%M%S}").exists()
