"""The root keyring: what it opens, what it refuses, and what it says."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from elus.kernel import blobs
from elus.kernel.crypto import Damaged, Keyring, KeyringError, Purpose
from elus.kernel.db import db, transaction
from elus.kernel.keyring import RootKey, insist_on_known_keys
from tests.conftest import AT

PLACE = b"user|totp|42"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def rewritten(path: Path, change: Any) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def two_keys() -> Keyring:
    return Keyring({"k1": b"1" * 32, "k2": b"2" * 32}, "k2")


def test_what_was_sealed_opens_after_the_keyring_is_read_again(path: Path) -> None:
    sealed = Keyring.create(path).seal(b"JBSWY3DP", PLACE)
    assert b"JBSWY3DP" not in sealed
    assert Keyring.load(path).open(sealed, PLACE) == b"JBSWY3DP"


def test_the_file_is_readable_by_its_owner_alone(path: Path) -> None:
    Keyring.create(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_keyring_open_to_others_is_refused(path: Path) -> None:
    Keyring.create(path)
    path.chmod(0o644)
    with pytest.raises(KeyringError, match="chmod 600"):
        Keyring.load(path)


def test_an_existing_keyring_is_never_replaced(path: Path) -> None:
    Keyring.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyringError, match="jamais remplacé"):
        Keyring.create(path)
    assert path.read_bytes() == before


def test_a_missing_keyring_is_asked_for_and_not_made(path: Path) -> None:
    with pytest.raises(KeyringError, match="introuvable"):
        Keyring.load(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda d: d["keys"]["k1"].update(key=base64.b64encode(b"x" * 32).decode()), "clé k1 .* modifiée"),
        (lambda d: d["keys"]["k1"].update(key=base64.b64encode(b"x" * 16).decode()), "clé k1 .* modifiée"),
        (lambda d: d["keys"]["k1"].update(key="!!"), "forme attendue"),
        (lambda d: d["keys"]["k1"].update(check="0" * 16), "clé k1 .* modifiée"),
        (lambda d: d["keys"]["k1"].pop("check"), "forme attendue"),
        (lambda d: d.update(active="k9"), "clé active « k9 »"),
        (lambda d: d.update(active=[]), "clé active"),
        (lambda d: d.update(keys=[]), "forme attendue"),
        (lambda d: d["keys"].update({"../k": d["keys"]["k1"]}), "modifiée"),
    ],
)
def test_an_altered_keyring_is_told_in_one_sentence(path: Path, change: Any, sentence: str) -> None:
    Keyring.create(path)
    rewritten(path, change)
    with pytest.raises(KeyringError, match=sentence) as told:
        Keyring.load(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
def test_a_file_that_is_no_keyring_is_told_so(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyringError):
        Keyring.load(path)


def test_every_bit_and_every_length_counts() -> None:
    keyring = Keyring({"k1": b"1" * 32}, "k1")
    sealed = keyring.seal(b"secret", PLACE)
    altered = [
        sealed[:i] + bytes([sealed[i] ^ 1 << bit]) + sealed[i + 1 :] for i in range(len(sealed)) for bit in range(8)
    ]
    for wrong in [*altered, *(sealed[:n] for n in range(len(sealed))), sealed + b"\0"]:
        with pytest.raises(Damaged):
            keyring.open(wrong, PLACE)


def test_another_place_or_purpose_does_not_open() -> None:
    keyring = two_keys()
    sealed = keyring.wrap(Purpose.WRAP_DOCUMENT, b"k" * 32, b"blob|1")
    with pytest.raises(Damaged):
        keyring.unwrap(Purpose.WRAP_DOCUMENT, sealed, b"blob|2")
    with pytest.raises(Damaged):
        keyring.unwrap(Purpose.WRAP_PERSON, sealed, b"blob|1")


def test_an_older_key_still_opens_and_the_active_one_seals() -> None:
    before = Keyring({"k1": b"1" * 32}, "k1").seal(b"secret", PLACE)
    assert two_keys().open(before, PLACE) == b"secret"
    with pytest.raises(Damaged, match="k2"):
        Keyring({"k1": b"1" * 32}, "k1").open(two_keys().seal(b"secret", PLACE), PLACE)


def test_each_purpose_has_its_key() -> None:
    keys = {two_keys().derive(purpose) for purpose in Purpose} | {
        two_keys().derive(purpose, "k1") for purpose in Purpose
    }
    assert len(keys) == 2 * len(Purpose)


def test_a_mac_made_before_a_rotation_is_found_again() -> None:
    before = Keyring({"k1": b"1" * 32}, "k1").mac(Purpose.ADDRESS_MAC, b"a@b")
    assert before in two_keys().macs(Purpose.ADDRESS_MAC, b"a@b")
    assert two_keys().macs(Purpose.ADDRESS_MAC, b"a@b")[0] == two_keys().mac(Purpose.ADDRESS_MAC, b"a@b")


def test_the_database_recognises_its_keyring_and_refuses_another(app: Flask) -> None:
    with transaction():
        insist_on_known_keys(blobs.keyring(), at=AT)
    with transaction():
        insist_on_known_keys(blobs.keyring(), at=AT)
    assert db.session.get(RootKey, "k1").check_value == blobs.keyring().fingerprint()
    with pytest.raises(KeyringError, match="n’est pas celui de cette base"), transaction():
        insist_on_known_keys(Keyring({"k1": b"z" * 32}, "k1"), at=AT)
    with pytest.raises(KeyringError, match="ne contient pas la clé k1"), transaction():
        insist_on_known_keys(Keyring({"k2": b"z" * 32}, "k2"), at=AT)
