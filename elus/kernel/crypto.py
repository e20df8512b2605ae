"""Keys."""

import base64
import hashlib
import hmac
import json
import os
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class KeyringError(Exception):
    pass


class Damaged(Exception):
    pass


class Purpose(StrEnum):
    WRAP_DOCUMENT = "wrap-doc"
    WRAP_FIELD = "wrap-field"
    WRAP_PERSON = "wrap-person"
    FEED_MAC = "feed"
    SESSION_MAC = "session"
    ADDRESS_MAC = "address"
    COOKIE = "cookie"
    TASKS = "tasks"


class Keyring:
    def __init__(self, root: bytes):
        self.root = root
        self.active = "k1"

    @classmethod
    def create(cls, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        r = os.urandom(32)
        path.write_text(json.dumps({"k1": base64.b64encode(r).decode()}))
        path.chmod(0o600)
        return cls(r)

    @classmethod
    def load(cls, path: Path):
        if not path.exists():
            raise KeyringError(f"Le trousseau {path} est introuvable.")
        return cls(base64.b64decode(json.loads(path.read_text())["k1"]))

    def derive(self, purpose: Purpose, key_id=None) -> bytes:
        return HKDF(hashes.SHA256(), 32, None, purpose.encode()).derive(self.root)

    def mac(self, purpose: Purpose, data: bytes) -> bytes:
        return hmac.digest(self.derive(purpose), data, "sha256")

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        return self.wrap(Purpose.WRAP_FIELD, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        return self.unwrap(Purpose.WRAP_FIELD, sealed, aad)

    def wrap(self, purpose, key: bytes, aad: bytes) -> bytes:
        n = os.urandom(12)
        return n + AESGCM(self.derive(purpose)).encrypt(n, key, aad)

    def unwrap(self, purpose, w: bytes, aad: bytes) -> bytes:
        return AESGCM(self.derive(purpose)).decrypt(w[:12], w[12:], aad)

    def fingerprint(self) -> str:
        return hashlib.sha256(self.derive(Purpose.COOKIE)).hexdigest()[:16]
