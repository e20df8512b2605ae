"""Dates, sizes and numbers in French: the Jinja filters."""

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask
from markupsafe import Markup, escape

from elus.kernel.clock import LEGAL_ZONE

NARROW, WIDE = "\u202f", "\u00a0"
_BEFORE = re.compile(r"[ \u00a0\u202f]+([;?!»:])")
_AFTER = re.compile(r"«[ \u00a0\u202f]*")
_WITHIN = re.compile(r"(?<=\d) (?=(?:\d|h\b|€|%|°))|(?<=\bn°) (?=\d)")


def nbsp(text: str) -> str:
    """French spaces: no-break before : ; ? ! », after « and inside numbers, hours and units."""
    spaced = _BEFORE.sub(lambda found: (WIDE if found[1] in ":»" else NARROW) + found[1], str(text))
    spaced = _WITHIN.sub(WIDE, _AFTER.sub("«" + WIDE, spaced))
    return Markup(spaced) if isinstance(text, Markup) else spaced  # noqa: S704 — was markup already


def _local(when: date | datetime) -> date:
    return when.astimezone(ZoneInfo(LEGAL_ZONE)).date() if isinstance(when, datetime) else when


@lru_cache(maxsize=4096)
def _format(when: date, pattern: str) -> str:
    """Babel’s words for a day; asking again costs nothing."""
    return format_date(when, pattern, "fr")


def day(when: date | datetime) -> str:
    """« mercredi 14 octobre 2026 »; the first of the month is « 1er »."""
    local = _local(when)
    number = "1er" if local.day == 1 else str(local.day)
    return f"{_format(local, 'EEEE')} {number}{WIDE}{_format(local, 'MMMM')} {local.year}"


def short_day(when: date | datetime) -> str:
    """« 14 oct. »."""
    local = _local(when)
    number = "1er" if local.day == 1 else str(local.day)
    return f"{number}{WIDE}{_format(local, 'MMM')}"


def weekday(when: date | datetime) -> str:
    """« mercredi »."""
    return _format(_local(when), "EEEE")


def month(when: date | datetime) -> str:
    """« octobre 2026 »."""
    return _format(_local(when), "MMMM y")


def hour(when: datetime) -> str:
    """« 18 h 30 », in the legal zone."""
    local = when.astimezone(ZoneInfo(LEGAL_ZONE))
    return f"{local.hour}{WIDE}h" + (f"{WIDE}{local.minute:02d}" if local.minute else "")


def moment(when: datetime) -> str:
    """« mercredi 14 octobre 2026 à 18 h 30 »."""
    return f"{day(when)} à {hour(when)}"


def exact(when: datetime) -> str:
    """« 8 octobre 2026, 16 h 12 min 08 s », in the legal zone."""
    local = when.astimezone(ZoneInfo(LEGAL_ZONE))
    number = "1er" if local.day == 1 else str(local.day)
    clock = f"{local.hour}{WIDE}h{WIDE}{local.minute:02d}{WIDE}min{WIDE}{local.second:02d}{WIDE}s"
    return f"{number}{WIDE}{month(local)}, {clock}"


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(text: str) -> str:
    """A cell of a table no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def size(octets: int) -> str:
    """Sizes in Ko, Mo and Go, one figure after the comma below 10 Mo."""
    if octets < 100_000:
        return f"{max(1, round(octets / 1000))}{WIDE}Ko"
    if octets >= 10_000_000_000:
        return f"{round(octets / 1_000_000_000)}{WIDE}Go"
    megas = round(octets / 1_000_000, 1)
    return (f"{megas:.1f}".replace(".", ",") if megas < 10 else str(round(megas))) + f"{WIDE}Mo"


def number(value: int) -> str:
    """« 10 121 », with narrow no-break spaces."""
    return f"{value:,}".replace(",", NARROW)


def plural(count: int, one: str, many: str | None = None) -> str:
    """« 1 document », « 60 documents »."""
    return f"{number(count)}{WIDE}{one if count < 2 else many or one + 's'}"


def distance(when: date, today: date) -> str:
    """« aujourd’hui », « demain », « dans 6 jours », « il y a 3 jours »."""
    days = (when - today).days
    if days in (-1, 0, 1):
        return ("hier", "aujourd’hui", "demain")[days + 1]
    return f"dans {days}{WIDE}jours" if days > 0 else f"il y a {-days}{WIDE}jours"


def paragraphs(text: str) -> Markup:
    """Plain text as paragraphs, escaped."""
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(nbsp(line)) for line in part.splitlines()))
        for part in re.split(r"\n\s*\n", text.strip())
        if part
    )


def capitalized(text: str) -> str:
    """A sentence begins with a capital; the rest keeps its own."""
    return text[:1].upper() + text[1:]


_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def one_line(text: str, length: int = 300) -> str:
    """A line fit for a title or a name: no control or direction mark, single spaces, bounded."""
    return " ".join(_UNSAFE.sub(" ", text).split())[:length].strip()


def install(app: Flask) -> None:
    """Give Jinja its French filters."""
    for filter_ in (nbsp, day, short_day, weekday, month, hour, moment, exact, size, number, distance, paragraphs):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.filters.update(plural=plural, capitalized=capitalized)
