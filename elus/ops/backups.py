"""Backup and restore: one snapshot of the rows, the encrypted files they name, and a manifest that proves both.

Answers the thief of a backup (files stay encrypted, keys are elsewhere) and the backup nobody ever verified.
"""

import base64
import enum
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from elus.kernel import blobs
from elus.kernel.blobs import Blob
from elus.kernel.db import db
from elus.kernel.keyring import RootKey
from elus.kernel.storage import Missing, stored_bytes
from elus.ops import schema

FORMAT = 1
BATCH = 500  # rows
RUN = 1024 * 1024  # bytes


class BadBackup(Exception):
    """A backup that cannot be restored, told in one sentence."""


@dataclass(frozen=True)
class Made:
    """What was copied."""

    folder: Path
    rows: int
    files: int


def backup(parent: Path, *, at: datetime) -> Made:
    """Write a new folder under `parent`; it takes its name only once complete."""
    parent.mkdir(parents=True, exist_ok=True)
    done = parent / f"elus-{at:%Y%m%d-%H%M%S}"
    partial = done.with_suffix(".partiel")
    partial.mkdir(mode=0o700)
    (partial / "database").mkdir()
    (partial / "files").mkdir()
    tables: dict[str, Any] = {}
    isolation = {"isolation_level": "REPEATABLE READ"} if db.engine.dialect.name == "postgresql" else {}
    with db.engine.execution_options(**isolation).connect() as connection:
        for table in db.metadata.sorted_tables:
            tables[table.name] = _dump(connection, table, partial / "database" / f"{table.name}.jsonl")
        kept = connection.execute(select(Blob.id, Blob.stored_sha256)).all()
    files = {found.hex: sha for found, sha in kept if _copy(found, sha, partial / "files")}
    manifest = {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "revision": schema.current_revision(),
        "keyring": blobs.keyring().fingerprint(),
        "tables": tables,
        "files": files,
    }
    _write(partial / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
    partial.rename(done)
    return Made(done, sum(table["rows"] for table in tables.values()), len(files))


def _dump(connection: Connection, table: Table, path: Path) -> dict[str, Any]:
    rows, whole = 0, hashlib.sha256()
    with path.open("wb") as out:
        for row in connection.execution_options(yield_per=BATCH).execute(select(table)).mappings():
            line = json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False).encode() + b"\n"
            whole.update(line)
            out.write(line)
            rows += 1
        out.flush()
        os.fsync(out.fileno())
    return {"rows": rows, "sha256": whole.hexdigest()}


def _copy(blob_id: uuid.UUID, sha256: str, folder: Path) -> bool:
    """Copy one encrypted file; False when its row went away meanwhile (a part of an upload)."""
    target, whole = folder / blob_id.hex, hashlib.sha256()
    try:
        with target.open("wb") as out:
            for chunk in stored_bytes(blobs.storage(), Blob(id=blob_id).key):
                whole.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except Missing:
        target.unlink(missing_ok=True)
        if db.session.scalar(select(Blob.id).where(Blob.id == blob_id)) is None:
            return False
        raise BadBackup(f"le fichier {blob_id} manque dans le stockage") from None
    if whole.hexdigest() != sha256:
        raise BadBackup(f"le fichier {blob_id} est altéré dans le stockage")
    return True


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, enum.Enum):
        return value.value
    return str(value) if isinstance(value, uuid.UUID) else value.isoformat() if isinstance(value, date) else value


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _of_type(table.c[name].type.python_type, value) for name, value in row.items()}


def _of_type(kind: type, value: Any) -> Any:
    if value is None:
        return None
    if kind is bytes:
        return base64.b64decode(value)
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    return kind(value) if issubclass(kind, enum.Enum | uuid.UUID) else value


def restore(folder: Path, *, at: datetime) -> Made:
    """Verify every hash first, then fill an empty installation that holds the same keys; counts are verified last."""
    manifest = _verified(folder)
    schema.to_head()
    _require(manifest["revision"] == schema.head_revision(), "cette sauvegarde est d’une autre version d’Elus")
    with db.engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(RootKey))  # those of the backup take their place
        for table in db.metadata.sorted_tables:
            filled = connection.scalar(select(func.count()).select_from(table))
            _require(not filled, "cette installation n’est pas vide")
        for table in db.metadata.sorted_tables:
            _fill(connection, table, folder / "database" / f"{table.name}.jsonl")
            count = connection.scalar(select(func.count()).select_from(table))
            _require(count == manifest["tables"][table.name]["rows"], f"la table {table.name} est incomplète")
        for name in manifest["files"]:
            blobs.storage().write(Blob(id=uuid.UUID(name)).key, _chunks(folder / "files" / name))
    schema.migrate(at)
    return Made(folder, sum(table["rows"] for table in manifest["tables"].values()), len(manifest["files"]))


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise BadBackup(otherwise)


def _verified(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        raise BadBackup(f"{folder} n’est pas une sauvegarde complète : son manifeste manque ou ne se lit pas") from None
    _require(manifest.get("format") == FORMAT, "cette sauvegarde est d’un format inconnu")
    _require(
        manifest["keyring"] == blobs.keyring().fingerprint(),
        "les clés de cette installation ne sont pas celles de la sauvegarde",
    )
    expected = {f"database/{name}.jsonl": table["sha256"] for name, table in manifest["tables"].items()}
    expected |= {f"files/{name}": sha for name, sha in manifest["files"].items()}
    for name, sha in expected.items():
        path = folder / name
        _require(path.is_file() and _sha256(path) == sha, f"le fichier {name} de la sauvegarde manque ou est altéré")
    return manifest


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(RUN):
            yield chunk


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(connection: Connection, table: Table, path: Path) -> None:
    """Insert the rows; what a row says of another row of its own table is set once all are there."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    later: list[tuple[Any, dict[str, Any]]] = []
    primary = next(iter(table.primary_key.columns))
    for batch in _batches(path):
        rows = [_typed(table, row) for row in batch]
        for row in rows:
            if links := {name: row[name] for name in own if row[name] is not None}:
                later.append((row[primary.name], links))
                row.update(dict.fromkeys(links))
        connection.execute(insert(table), rows)
    for key, links in later:
        connection.execute(update(table).where(primary == key).values(**links))
    if connection.dialect.name == "postgresql" and primary.autoincrement is True:
        sequence = func.pg_get_serial_sequence(table.name, primary.name)
        connection.execute(select(func.setval(sequence, select(func.max(primary)).scalar_subquery())))


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    with path.open("rb") as lines:
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
