"""Storages: whole or absent, constant memory, and faults told by their name."""

import errno
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from elus.kernel.crypto import Damaged
from elus.kernel.storage import (
    Missing,
    Storage,
    StorageFull,
    StorageUnavailable,
    open_sealed,
    open_storage,
    store_sealed,
    stored_bytes,
)
from elus.kernel.storage import files as files_module

KEY, PLACE = b"k" * 32, b"elus/v1|blob|7|file:1:1"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    given = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "eu-west-3",
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/boite", method="PUT"), timeout=10).close()
    yield "s3://boite/elus"
    server.stop()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(params=["file", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        return open_storage(request.getfixturevalue("bucket"))
    return open_storage(f"file:{tmp_path}/files")


def test_what_is_stored_is_read_back_and_measured(storage: Storage) -> None:
    import hashlib

    plain = os.urandom(9_000_000)
    kept = store_sealed(storage, "ab/abcd", KEY, PLACE, (plain[i : i + 100_000] for i in range(0, len(plain), 100_000)))
    bytes_ = b"".join(stored_bytes(storage, "ab/abcd"))
    assert (kept.plain_size, kept.plain_sha256) == (len(plain), hashlib.sha256(plain).hexdigest())
    assert (kept.stored_size, kept.stored_sha256) == (len(bytes_), hashlib.sha256(bytes_).hexdigest())
    with open_sealed(storage, "ab/abcd", kept.stored_size, KEY, PLACE) as reader:
        assert b"".join(reader.read(0, reader.size)) == plain
        assert b"".join(reader.read(8_000_000, 100)) == plain[8_000_000:8_000_100]


def test_nothing_is_stored_when_the_bytes_stop_coming(storage: Storage, tmp_path: Path) -> None:
    def cut() -> Iterator[bytes]:
        yield b"x" * 10_000_000
        raise ConnectionResetError("the browser left")

    with pytest.raises(ConnectionResetError):
        store_sealed(storage, "ab/cut", KEY, PLACE, cut())
    with pytest.raises(Missing):
        b"".join(stored_bytes(storage, "ab/cut"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_removed_file_is_missing_and_forgetting_it_twice_is_no_error(storage: Storage) -> None:
    storage.write("ab/abcd", [b"x"])
    storage.delete("ab/abcd")
    storage.delete("ab/abcd")
    with pytest.raises(Missing):
        b"".join(stored_bytes(storage, "ab/abcd"))


def test_a_cut_file_is_damaged(storage: Storage) -> None:
    kept = store_sealed(storage, "ab/abcd", KEY, PLACE, [b"x" * 1000])
    for length in (0, 20, 500):
        storage.write("ab/abcd", [b"y" * length])
        with pytest.raises(Damaged):
            open_sealed(storage, "ab/abcd", kept.stored_size, KEY, PLACE)


def test_a_silent_storage_is_said_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    silent = open_storage("s3://boite")
    with pytest.raises(StorageUnavailable):
        silent.write("a", [b"x"])
    with pytest.raises(StorageUnavailable) as told:
        silent.open("a").fetch(0, 10)
    assert not isinstance(told.value, Missing)


@pytest.mark.parametrize("key", ["../keys.json", "/etc/passwd", "a/../../b"])
def test_a_key_never_leaves_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="leaves"):
        open_storage(f"file:{tmp_path}/files").write(key, [b"x"])


def test_a_full_disk_is_said_full_and_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = open_storage(f"file:{tmp_path}/files")
    storage.write("ab/before", [b"kept"])
    written = 0
    write = os.write

    def filling(descriptor: int, data: bytes) -> int:
        nonlocal written
        written += len(data)
        if written > 300_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(files_module.os, "write", filling)
    with pytest.raises(StorageFull):
        store_sealed(storage, "ab/abcd", KEY, PLACE, [b"x" * 1_000_000])
    monkeypatch.undo()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["before"]
    assert b"".join(stored_bytes(storage, "ab/before")) == b"kept"


def test_a_file_size_limit_is_a_full_disk_too(tmp_path: Path) -> None:
    script = f"""
import resource, signal
from elus.kernel.storage import StorageFull, open_storage, store_sealed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    store_sealed(open_storage("file:{tmp_path}/files"), "ab/abcd", b"k" * 32, b"a", [b"x" * 100_000] * 10)
except StorageFull:
    print("full")
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "full\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_an_interrupted_writing_left_is_removed_later(tmp_path: Path) -> None:
    storage = open_storage(f"file:{tmp_path}/files")
    storage.write("ab/abcd", [b"kept"])
    left = tmp_path / "files" / "ab" / ".abce.12.part"
    left.write_bytes(b"half")
    assert storage.leftovers(left.stat().st_mtime - 1) == 0
    assert storage.leftovers(left.stat().st_mtime + 1) == 1
    assert b"".join(stored_bytes(storage, "ab/abcd")) == b"kept"


def test_many_more_bytes_take_no_more_memory(tmp_path: Path) -> None:
    def peak(mebibytes: int) -> int:
        script = f"""
import resource
from elus.kernel.storage import open_sealed, open_storage, store_sealed
storage = open_storage("file:{tmp_path}/files")
chunk = bytes(1 << 20)
kept = store_sealed(storage, "ab/abcd", b"k" * 32, b"a", (chunk for _ in range({mebibytes})))
with open_sealed(storage, "ab/abcd", kept.stored_size, b"k" * 32, b"a") as reader:
    assert sum(len(piece) for piece in reader.read(0, reader.size)) == {mebibytes} << 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert peak(128) - peak(8) < 8 * 1024
