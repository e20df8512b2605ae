"""The root keyring, and the keys derived from it: one purpose, one key.

Answers the thief of a database, of a disk or of a backup, and the bytes moved from one row to another (docs: what is protected).
"""

import base64
import hmac
import json
import os
import re
import secrets
import uuid
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_LENGTH, NONCE_LENGTH, CHECK_LENGTH = 32, 12, 16
FORMAT = 1  # first byte of what is sealed
_KEY_ID = re.compile(r"k[1-9][0-9]{0,8}")


class KeyringError(Exception):
    """The root keyring cannot be used, told in one sentence to whoever starts Elus."""


class Damaged(Exception):
    """Stored bytes do not open: altered, cut, or moved from elsewhere; they are never served."""

    blob_id: uuid.UUID | None = None  # which stored file, when it is one


class Purpose(StrEnum):
    """What a derived key may do; a key of one purpose opens nothing of another."""

    WRAP_DOCUMENT = "wrap-doc"
    WRAP_FIELD = "wrap-field"
    WRAP_PERSON = "wrap-person"
    FEED_MAC = "feed"
    SESSION_MAC = "session"
    ADDRESS_MAC = "address"
    RECOVERY_MAC = "recovery"
    PASSKEY_MAC = "passkey"
    CHALLENGE_MAC = "challenge"
    COOKIE = "cookie"
    TASKS = "tasks"


class Keyring:
    """Root keys by identifier (k1, k2…), the active one seals, every one opens; derived keys are kept in memory."""

    def __init__(self, roots: Mapping[str, bytes], active: str) -> None:
        self.active = active
        self._roots = dict(roots)
        self._ciphers: dict[tuple[Purpose, str], AESGCM] = {}

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """Write a new keyring of one key, readable by its owner alone; an existing file is never replaced."""
        keyring = cls({"k1": os.urandom(KEY_LENGTH)}, "k1")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as wrong:
            raise KeyringError(f"Le trousseau {path} existe déjà : il n’est jamais remplacé.") from wrong
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(keyring._document())
            file.flush()
            os.fsync(file.fileno())
        return keyring

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read and verify the keyring; raise `KeyringError` with one clear sentence, never make a new one."""
        try:
            if path.stat().st_mode & 0o007:
                raise KeyringError(
                    f"Le trousseau {path} est lisible par d’autres comptes de la machine : « chmod 600 {path} »."
                )
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as wrong:
            raise KeyringError(
                f"Le trousseau {path} est introuvable : remettez en place celui de cette installation, "
                "sans lui rien de ce qui est enregistré ne s’ouvre."
            ) from wrong
        except (OSError, ValueError) as wrong:
            raise KeyringError(f"Le trousseau {path} ne se lit pas ({wrong}).") from wrong
        return cls(*_verified(document, path))

    def _document(self) -> str:
        keys = {
            key_id: {"key": base64.b64encode(root).decode(), "check": self.fingerprint(key_id)}
            for key_id, root in self._roots.items()
        }
        return json.dumps({"version": 1, "active": self.active, "keys": keys}, indent=2) + "\n"

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """The public check value of each key: what a database or a backup may remember to name the key it needs."""
        return {key_id: check_value(key_id, root) for key_id, root in self._roots.items()}

    def fingerprint(self, key_id: str | None = None) -> str:
        """The check value of one key, the active one unless told; it says nothing of the key."""
        return self.fingerprints[key_id or self.active]

    def derive(self, purpose: Purpose, key_id: str | None = None) -> bytes:
        """The 32 bytes of a purpose (HKDF-SHA256, RFC 5869), from the active root key unless told."""
        return _derived(self._roots[key_id or self.active], purpose.value)

    def mac(self, purpose: Purpose, data: bytes, key_id: str | None = None) -> bytes:
        """HMAC-SHA256 of the data under a purpose."""
        return hmac.digest(self.derive(purpose, key_id), data, "sha256")

    def macs(self, purpose: Purpose, data: bytes) -> list[bytes]:
        """The same under every root key, the active one first: finds what was stored before a rotation."""
        others = [key_id for key_id in self._roots if key_id != self.active]
        return [self.mac(purpose, data, key_id) for key_id in [self.active, *others]]

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt a field; `aad` names its table, row and column."""
        return self.wrap(Purpose.WRAP_FIELD, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt a field sealed for the same place; raise `Damaged` otherwise."""
        return self.unwrap(Purpose.WRAP_FIELD, sealed, aad)

    def wrap(self, purpose: Purpose, key: bytes, aad: bytes) -> bytes:
        """Encrypt with AES-256-GCM: format, key identifier, nonce, ciphertext; the identifier is bound with the place."""
        name = self.active.encode()
        nonce = secrets.token_bytes(NONCE_LENGTH)
        sealed = self._cipher(purpose, self.active).encrypt(nonce, key, _bound(purpose, aad, self.active))
        return bytes([FORMAT, len(name)]) + name + nonce + sealed

    def unwrap(self, purpose: Purpose, wrapped: bytes, aad: bytes) -> bytes:
        """Decrypt what was wrapped for the same purpose and place; raise `Damaged` otherwise."""
        key_id = key_id_of(wrapped)
        if key_id not in self._roots:
            raise Damaged(f"sealed under {key_id}, which is not in the keyring")
        start = 2 + len(key_id)
        nonce, sealed = wrapped[start : start + NONCE_LENGTH], wrapped[start + NONCE_LENGTH :]
        try:
            return self._cipher(purpose, key_id).decrypt(nonce, sealed, _bound(purpose, aad, key_id))
        except (InvalidTag, ValueError) as wrong:
            raise Damaged(f"does not open as {purpose}") from wrong

    def _cipher(self, purpose: Purpose, key_id: str) -> AESGCM:
        cipher = self._ciphers.get((purpose, key_id))
        if cipher is None:
            cipher = self._ciphers[purpose, key_id] = AESGCM(self.derive(purpose, key_id))
        return cipher


def key_id_of(wrapped: bytes) -> str:
    """The root key some wrapped bytes need; raise `Damaged` when they are not ours."""
    name = wrapped[2 : 2 + wrapped[1]].decode("ascii", "replace") if len(wrapped) > 2 and wrapped[0] == FORMAT else ""
    if not _KEY_ID.fullmatch(name):
        raise Damaged("not sealed by this keyring")
    return name


def check_value(key_id: str, root: bytes) -> str:
    """A short public value that recognises a root key."""
    return hmac.digest(_derived(root, "check"), f"elus/v1|check|{key_id}".encode(), "sha256").hex()[:CHECK_LENGTH]


@cache
def _derived(root: bytes, label: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_LENGTH, None, f"elus/v1|{label}".encode()).derive(root)


def _bound(purpose: Purpose, aad: bytes, key_id: str) -> bytes:
    return b"elus/v1|%s|%s|%s" % (purpose.encode(), aad, key_id.encode())


def _verified(document: object, path: Path) -> tuple[dict[str, bytes], str]:
    try:
        assert isinstance(document, dict)
        active, stored = str(document["active"]), document["keys"]
        roots = {str(name): base64.b64decode(entry["key"], validate=True) for name, entry in stored.items()}
        checks = {str(name): str(entry["check"]) for name, entry in stored.items()}
    except (AssertionError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise KeyringError(f"Le trousseau {path} n’a pas la forme attendue : il a été modifié.") from wrong
    for name, root in roots.items():
        right = _KEY_ID.fullmatch(name) and len(root) == KEY_LENGTH
        if not right or not hmac.compare_digest(check_value(name, root).encode(), checks[name].encode()):
            raise KeyringError(f"La clé {name} du trousseau {path} a été modifiée : remettez la bonne.")
    if active not in roots:
        raise KeyringError(f"Le trousseau {path} ne contient pas sa clé active « {active} ».")
    return roots, active
