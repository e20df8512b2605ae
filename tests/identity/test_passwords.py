"""Passwords: long enough, not foreseeable, kept as argon2id, compared in equal time."""

import statistics
import time

import pytest
from argon2 import PasswordHasher

from elus.identity import passwords

ABOUT = ("Camille Fictive", "c.fictive@parthenay.invalid")


@pytest.mark.asvs("V6.1.2", "V6.2.4", "V6.2.11")
@pytest.mark.parametrize(
    "password",
    [
        "motdepasse2026!",
        "Parthenay79200!",
        "azertyuiop12",
        "Camille-Fictive-79",
        "abcabcabcabc",
        "P@ssw0rd1234!",
        "aaaaaaaaaaaa",
        "ElusElus2026!!",
        "Bienvenue2026",
        "conseilmunicipal",
        "123456789012",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert passwords.weakness(password, ABOUT) == "guessable"


@pytest.mark.asvs("V6.2.5")
@pytest.mark.parametrize(
    "password", ["quatre arbres sous la pluie", "xkqjwpzmvbtr", "le vélo bleu de tante Jeanne", "7 hiboux, 3 tuiles"]
)
def test_long_ones_are_taken_without_rules_about_classes(password: str) -> None:
    assert passwords.weakness(password, ABOUT) is None


@pytest.mark.asvs("V6.2.1")
def test_length_is_counted_in_characters() -> None:
    assert passwords.weakness("éàùçôêîûëïü", ABOUT) == "short"
    assert passwords.weakness("x" * 201) == "long"


@pytest.mark.asvs("V6.2.12")
def test_a_password_known_from_a_leak_is_refused_whole() -> None:
    assert len(passwords.leaked()) > 100
    assert {passwords.weakness(password) for password in ("1qaz2wsx3edc", "LeaveMeAlone", "iseedeadpeople")} == {
        "guessable"
    }
    assert not [
        password for password in passwords.leaked() if len(password) >= 12 and passwords.weakness(password) is None
    ]


@pytest.mark.asvs("V6.2.9")
def test_sixty_four_characters_and_more_are_taken_and_a_flood_is_refused_at_once() -> None:
    phrase = "le facteur dépose onze paquets devant la grange du voisin et repart en sifflant " * 3
    for length in (64, 128, 200):
        assert passwords.weakness(phrase[:length]) is None
        assert passwords.verify(passwords.hash_password(phrase[:length]), phrase[:length])
    assert passwords.weakness("x" * 10_000) == "long"
    assert not passwords.verify(passwords.hash_password("x"), "x" * 10_000_000)


@pytest.mark.asvs("V6.2.8")
def test_a_password_is_compared_whole_and_as_typed() -> None:
    long = "quatre arbres sous la pluie " * 3
    kept = passwords.hash_password(long)
    assert passwords.verify(kept, long)
    for other in (long[:72], long[:-1], long.upper(), long + " ", long.replace("q", "q\0", 1)):
        assert not passwords.verify(kept, other)


def test_a_hash_is_argon2id_with_the_parameters_of_the_house() -> None:
    kept = passwords.hash_password("quatre arbres sous la pluie")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify(kept, "quatre arbres sous la pluie")
    assert not passwords.verify(kept, "quatre arbres sous la neige")


def test_composed_and_decomposed_accents_are_the_same_password() -> None:
    assert passwords.verify(
        passwords.hash_password("e\u0301te\u0301 sans fin ni plage"), "\u00e9t\u00e9 sans fin ni plage"
    )


def test_a_hash_made_with_weaker_parameters_must_be_made_again() -> None:
    weak = PasswordHasher(memory_cost=8 * 1024, time_cost=1, parallelism=1).hash("x")
    assert passwords.must_rehash(weak)
    assert not passwords.must_rehash(passwords.hash_password("x"))


def test_an_absent_hash_takes_as_long_as_a_present_one() -> None:
    kept = passwords.hash_password("quatre arbres sous la pluie")
    passwords.verify(None, "pour préparer")

    def spent(hash_: str | None) -> float:
        start = time.perf_counter()
        assert not passwords.verify(hash_, "un mot de passe faux")
        return time.perf_counter() - start

    known, unknown = zip(*((spent(kept), spent(None)) for _ in range(9)), strict=True)
    assert 0.4 < statistics.median(unknown) / statistics.median(known) < 2.5
