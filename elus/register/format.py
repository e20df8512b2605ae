"""The format of an entry: canonical JSON and its hash (pure)."""

import hashlib
import json
from typing import Any

EMPTY = hashlib.sha256(b"").hexdigest()
"""`prev` of entry 0: the hash of an empty tree, RFC 6962 §2.1."""


def canonical(entry: dict[str, Any]) -> str:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def leaf_hash(line: str) -> str:
    """RFC 6962 §2.1: SHA-256(0x00 ‖ entry), in hexadecimal."""
    return hashlib.sha256(b"\0" + line.encode()).hexdigest()
