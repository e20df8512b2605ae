"""Passwords: how they are kept (argon2id) and which ones are too easy to guess.

Answers the spray of common passwords, the reading of a stolen database, and the guess of who has an account by timing.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from elus.identity.cores import Cores

SHORTEST, LONGEST = 12, 200
NEEDED = 9  # characters nobody could foresee; a foreseeable piece counts for two, whatever its length
PIECE = 2
HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1, type=Type.ID)  # OWASP, decision 9
CORES = Cores()

ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
LEET = str.maketrans("014357$@!€", "oiaestsaie")
SEEN = "\0"  # stands for a piece already counted


def hash_password(password: str) -> str:
    """The argon2id hash of a password; at most one at once per core of the machine, and no transaction may be open."""
    with CORES.one():
        return HASHER.hash(_normal(password))


def verify(kept: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is nothing to compare it with."""
    typed = _normal(password)
    if len(typed) > LONGEST:
        kept, typed = None, ""
    nobody = _nobody()
    with CORES.one():
        try:
            return HASHER.verify(kept or nobody, typed) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def must_rehash(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def weakness(password: str, about: Iterable[str] = ()) -> str | None:
    """Why a new password is refused: "short", "long", "guessable"; None when it will do.

    `about` holds what anybody knows of the person: names, address, authority.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        return "short"
    if len(text) > LONGEST:
        return "long"
    return "guessable" if _plain(text) in leaked() or unforeseen(text, about) < NEEDED else None


def unforeseen(text: str, about: Iterable[str] = ()) -> int:
    """How many characters of a password are neither repeated, nor in a row, nor a year, nor a word everybody tries.

    An estimate against guessing through the sign-in page, where tries are counted; not a measure of entropy.
    """
    plain = _plain(text)
    if len(set(plain)) < 5:
        return 0
    words = sorted({*banned(), *_own(about)}, key=len, reverse=True)
    plain = re.sub(r"(.+?)\1{2,}|(.{4,})\2", lambda found: found[1] or found[2], plain)
    return min(_left(plain, words), _left(plain.translate(LEET), words))


def _left(text: str, words: list[str]) -> int:
    for word in words:
        text = text.replace(word, SEEN)
    for row in ROWS:
        text = _without_runs(text, row)
    text = re.sub(r"(19|20)\d\d", SEEN, text)
    pieces = text.count(SEEN)
    return len(text) - pieces + PIECE * pieces


def _without_runs(text: str, row: str) -> str:
    for line in (row, row[::-1]):
        for size in range(len(line), 3, -1):
            for start in range(len(line) - size + 1):
                text = text.replace(line[start : start + size], SEEN)
    return text


def _own(about: Iterable[str]) -> set[str]:
    return {word for fact in about for word in re.findall(r"[a-z0-9]{3,}", _plain(fact))}


def _normal(password: str) -> str:
    """The same characters whatever the keyboard composed them with."""
    return unicodedata.normalize("NFKC", password)


def _plain(text: str) -> str:
    """Without case, accents, spaces and the signs people put between words."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in bare if not unicodedata.combining(sign) and sign not in " -_.'’\0")


@cache
def banned() -> frozenset[str]:
    """The words and patterns tried first, in French and in English."""
    return frozenset(word for line in _lines("banned_passwords.txt") for word in line.split())


@cache
def leaked() -> frozenset[str]:
    """Whole passwords known from published leaks, that no rule finds."""
    return frozenset(_plain(line) for line in _lines("leaked_passwords.txt"))


def _lines(name: str) -> list[str]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@cache
def _nobody() -> str:
    return HASHER.hash(secrets.token_urlsafe(16))
