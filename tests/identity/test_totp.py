"""Codes of six digits: current and previous step, and the clock that is wrong."""

from datetime import timedelta

import pytest

from elus.identity import totp
from tests.conftest import AT

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _code(seconds: int) -> str:
    return totp.code_at(SECRET, AT + timedelta(seconds=seconds))


@pytest.mark.asvs("V6.5.5", "V6.5.8")
def test_the_current_and_the_previous_step_are_accepted_and_no_other() -> None:
    now = totp.counter_at(AT)
    assert totp.accepted(SECRET, _code(0), AT) == now
    assert totp.accepted(SECRET, _code(-30), AT) == now - 1
    assert totp.accepted(SECRET, _code(30), AT) is None
    assert totp.accepted(SECRET, _code(-60), AT) is None


@pytest.mark.parametrize(("typed", "kept"), [("123 456", "123456"), (" 1 2\u00a03\u202f456 ", "123456")])
def test_spaces_are_removed(typed: str, kept: str) -> None:
    assert totp.cleaned(typed) == kept


@pytest.mark.parametrize(
    "typed", ["12345", "1234567", "12345a", "١٢٣٤٥٦", "１２３４５６", "+12345", "-12345", "", "12.456"]
)
def test_nothing_but_six_ascii_digits_is_compared(typed: str) -> None:
    assert totp.cleaned(typed) is None


@pytest.mark.parametrize("minutes", [-9, -4, 4, 9])
def test_a_wrong_clock_is_told_in_minutes(minutes: int) -> None:
    assert totp.drift(SECRET, _code(minutes * 60), AT) == minutes


def test_beyond_ten_minutes_nothing_is_told() -> None:
    assert totp.drift(SECRET, _code(11 * 60), AT) is None


def test_the_image_passes_a_strict_content_policy() -> None:
    image = totp.qr(totp.uri(SECRET, "camille@exemple.invalid"))
    assert image.startswith("<svg")
    assert "style" not in image


def test_the_key_is_read_in_groups_of_four() -> None:
    assert totp.grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"
    assert len(totp.new_secret()) == 32
