"""French in pages: days, hours, sizes, numbers, spaces."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from elus.kernel import text
from elus.kernel.text import NARROW as N
from elus.kernel.text import WIDE as W


def at(hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, 14, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (date(2026, 10, 14), f"mercredi 14{W}octobre 2026"),
        (date(2026, 12, 1), f"mardi 1er{W}décembre 2026"),
        (at(22, 30), f"jeudi 15{W}octobre 2026"),  # half past midnight in Paris
    ],
)
def test_a_day_is_written_out_in_the_legal_zone(given_: date, expected: str) -> None:
    assert text.day(given_) == expected


def test_a_short_day() -> None:
    assert text.short_day(date(2026, 10, 14)) == f"14{W}oct."
    assert text.short_day(date(2026, 5, 1)) == f"1er{W}mai"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (at(16, 30), f"18{W}h{W}30"),
        (at(16), f"18{W}h"),
        (at(17, 5, month=12), f"18{W}h{W}05"),  # winter time
        (at(22), f"0{W}h"),
    ],
)
def test_an_hour_is_that_of_the_legal_zone(given_: datetime, expected: str) -> None:
    assert text.hour(given_) == expected


def test_a_moment() -> None:
    assert text.moment(at(16, 30)) == f"mercredi 14{W}octobre 2026 à 18{W}h{W}30"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (0, "1 Ko"),
        (3_400, "3 Ko"),
        (99_999, "100 Ko"),
        (100_000, "0,1 Mo"),
        (1_250_000, "1,2 Mo"),
        (9_960_000, "10 Mo"),
        (30_400_000, "30 Mo"),
        (25_000_000_000, "25 Go"),
    ],
)
def test_a_size(octets: int, expected: str) -> None:
    assert text.size(octets) == expected.replace(" ", W)


def test_numbers_and_plurals() -> None:
    assert text.number(10121) == f"10{N}121"
    assert text.plural(0, "document") == f"0{W}document"
    assert text.plural(1, "document") == f"1{W}document"
    assert text.plural(1200, "document") == f"1{N}200{W}documents"
    assert text.plural(2, "procès-verbal", "procès-verbaux") == f"2{W}procès-verbaux"


def test_distances() -> None:
    today = date(2026, 10, 14)
    days = [date(2026, 10, n) for n in (12, 13, 14, 15, 20)]
    assert [text.distance(day, today) for day in days] == [
        f"il y a 2{W}jours",
        "hier",
        "aujourd’hui",
        "demain",
        f"dans 6{W}jours",
    ]


def test_french_spaces_do_not_break() -> None:
    assert text.nbsp("« Quoi ? » dit-il : oui !") == f"«{W}Quoi{N}?{W}» dit-il{W}: oui{N}!"
    assert text.nbsp("à 18:30, voir http://x") == "à 18:30, voir http://x"
    assert isinstance(text.nbsp(Markup("<b>oui !</b>")), Markup)


def test_paragraphs_are_escaped() -> None:
    assert text.paragraphs("un <b>\r\ndeux\r\n\r\ntrois") == "<p>un &lt;b&gt;<br>deux</p><p>trois</p>"
    assert text.paragraphs("  ") == ""


@pytest.mark.parametrize("sign", ["\0", "\r\n", "\t", "\u202e", "\u200f", "\u061c", "\u2028", "\ufeff", "\x85"])
def test_a_line_holds_no_control_or_direction_mark(sign: str) -> None:
    assert text.one_line(f"rapport{sign}fdp.exe") == "rapport fdp.exe"


@given(st.text(max_size=1000), st.integers(1, 300))
def test_a_line_is_bounded_trimmed_and_stable(content: str, length: int) -> None:
    line = text.one_line(content, length)
    assert len(line) <= length
    assert line == line.strip()
    assert text.one_line(line, length) == line
    line.encode()
