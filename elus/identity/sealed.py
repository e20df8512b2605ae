"""The secrets of an account at rest: the key of the codes is sealed, recovery codes are hashed under a key.

Answers the thief of the database: neither opens without the root keyring.
"""

import base64
import secrets
import uuid

from elus.identity.models import User
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Damaged, Purpose

ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # no 0 O 1 I L U: nothing to mistake on paper
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"  # a printed code has letters only: one keyboard to type it on
GROUPS, GROUP = 3, 4


def seal_totp(user_id: uuid.UUID, secret: str) -> bytes:
    """The key of the codes, sealed and bound to its row."""
    return keyring().seal(secret.encode(), _binding(user_id))


def totp_secret(user: User) -> str | None:
    """The key of the codes, opened; None before there is one."""
    return opened_totp(user.id, user.totp_secret)


def opened_totp(user_id: uuid.UUID, sealed: bytes | None) -> str | None:
    """The same, from what the row of an account holds."""
    return keyring().open(sealed, _binding(user_id)).decode() if sealed else None


def offer(user_id: uuid.UUID, secret: str) -> str:
    """A key not yet kept, sealed for the form that will confirm it; nothing is written before it is confirmed."""
    return base64.urlsafe_b64encode(keyring().seal(secret.encode(), _offering(user_id))).decode()


def offered(user_id: uuid.UUID, sealed: str) -> str | None:
    """The key a form brings back; None when it is not one we offered to this account."""
    try:
        return keyring().open(base64.urlsafe_b64decode(sealed), _offering(user_id)).decode()
    except (ValueError, Damaged):
        return None


def new_code() -> str:
    """A recovery code of 58 bits in groups of four."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def recovery_hash(user_id: uuid.UUID, typed: str) -> str:
    """What a row keeps of a recovery code."""
    return recovery_hashes(user_id, typed)[0]


def recovery_hashes(user_id: uuid.UUID, typed: str) -> list[str]:
    """The same under every key of the ring; case, spaces and dashes do not count."""
    return _hashes(f"{user_id}|{_letters(typed)}")


def rescue_hashes(user_id: uuid.UUID, typed: str) -> list[str]:
    """What a row keeps of a rescue code, under every key of the ring, the active one first."""
    return _hashes(f"rescue|{user_id}|{_letters(typed)}")


def _letters(typed: str) -> str:
    return "".join(sign for sign in typed.upper() if sign in ALPHABET)


def _hashes(what: str) -> list[str]:
    return [mac.hex() for mac in keyring().macs(Purpose.RECOVERY_MAC, what.encode())]


def new_letter_code() -> str:
    """The code of a printed letter: 12 letters, 53 bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP))


def in_groups(code: str) -> str:
    """« ABCD EFGH JKMN »: how a code is printed and read aloud."""
    return " ".join(code[n : n + GROUP] for n in range(0, len(code), GROUP))


def typed_letter_code(typed: str) -> str | None:
    """The code somebody typed, whatever the case, spaces and dashes; None when it cannot be one."""
    code = "".join(typed.upper().replace("-", " ").split())
    return code if len(code) == GROUPS * GROUP and set(code) <= set(LETTERS) else None


def letter_hashes(code: str) -> list[str]:
    """What a row keeps of the code of a letter, under every key of the ring, the active one first."""
    return _hashes(f"letter|{code}")


def _binding(user_id: uuid.UUID) -> bytes:
    return f"elus/v1|user_account|{user_id}|totp_secret".encode()


def _offering(user_id: uuid.UUID) -> bytes:
    return f"elus/v1|user_account|{user_id}|totp_offer".encode()
