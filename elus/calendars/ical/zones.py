"""Constant VTIMEZONE blocks of the places where French assemblies sit (RFC 5545 §3.6.5).

Constant, because a list of dates instead of a rule shows every summer sitting one hour late in several readers.
"""

LEGAL = "Europe/Paris"

_FIXED = {
    "America/Cayenne": "-0300",
    "America/Guadeloupe": "-0400",
    "America/Marigot": "-0400",
    "America/Martinique": "-0400",
    "America/St_Barthelemy": "-0400",
    "Indian/Mayotte": "+0300",
    "Indian/Reunion": "+0400",
    "Pacific/Gambier": "-0900",
    "Pacific/Marquesas": "-0930",
    "Pacific/Noumea": "+1100",
    "Pacific/Tahiti": "-1000",
    "Pacific/Wallis": "+1200",
}


def _rule(kind: str, starts: str, rule: str, name: str, offsets: tuple[str, str]) -> str:
    return (
        f"BEGIN:{kind}\r\nDTSTART:{starts}\r\nRRULE:FREQ=YEARLY;{rule}\r\nTZNAME:{name}\r\n"
        f"TZOFFSETFROM:{offsets[0]}\r\nTZOFFSETTO:{offsets[1]}\r\nEND:{kind}\r\n"
    )


def _zone(name: str, *parts: str) -> str:
    return f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{''.join(parts)}END:VTIMEZONE\r\n"


def _fixed(name: str, offset: str) -> str:
    standard = (
        f"BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZNAME:{offset[:3]}\r\n"
        f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\n"
    )
    return _zone(name, standard)


VTIMEZONES: dict[str, str] = {
    LEGAL: _zone(
        LEGAL,
        _rule("DAYLIGHT", "19700329T020000", "BYMONTH=3;BYDAY=-1SU", "CEST", ("+0100", "+0200")),
        _rule("STANDARD", "19701025T030000", "BYMONTH=10;BYDAY=-1SU", "CET", ("+0200", "+0100")),
    ),
    "America/Miquelon": _zone(
        "America/Miquelon",
        _rule("DAYLIGHT", "19700308T020000", "BYMONTH=3;BYDAY=2SU", "-02", ("-0300", "-0200")),
        _rule("STANDARD", "19701101T020000", "BYMONTH=11;BYDAY=1SU", "-03", ("-0200", "-0300")),
    ),
    **{name: _fixed(name, offset) for name, offset in _FIXED.items()},
}


def known(name: str) -> str:
    """The zone to write: a place we have no block for is told in the legal hour, which is the same instant."""
    return name if name in VTIMEZONES else LEGAL
