"""Codes of six digits (TOTP, RFC 6238): pure, without database nor web.

Answers the replay of an observed code (the caller keeps the last counter) and the tablet whose clock is wrong (told in minutes).
"""

import hmac
import io
import re
from collections.abc import Iterable
from datetime import datetime

import pyotp
import segno
from markupsafe import Markup

STEP = 30
DIGITS = 6
DRIFT_STEPS = 20  # ten minutes either way
ISSUER = "Portail Élus"


def new_secret() -> str:
    """A new secret of 160 bits, in base 32 (RFC 4226 §4)."""
    return pyotp.random_base32(32)


def cleaned(typed: str) -> str | None:
    """Six ASCII digits once the spaces are removed, else None: nothing else reaches the comparison."""
    digits = re.sub(r"[\s\u00a0\u202f]+", "", typed)
    return digits if re.fullmatch(r"[0-9]{6}", digits) else None


def counter_at(at: datetime) -> int:
    """The time step of an instant."""
    return int(at.timestamp()) // STEP


def accepted(secret: str, code: str, at: datetime) -> int | None:
    """The step, current or previous, whose code this is."""
    now = counter_at(at)
    return _matching(secret, code, (now, now - 1))


def drift(secret: str, code: str, at: datetime) -> int | None:
    """By how many minutes the clock that made this code is ahead (or late, negative); None when no near step matches."""
    now = counter_at(at)
    found = _matching(secret, code, (now + sign * n for n in range(1, DRIFT_STEPS + 1) for sign in (1, -1)))
    if found is None:
        return None
    return round((found - now) * STEP / 60)


def code_at(secret: str, at: datetime) -> str:
    """The code an authenticator shows at an instant."""
    return pyotp.TOTP(secret).at(at)


def uri(secret: str, account: str) -> str:
    """The `otpauth:` address that an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def grouped(secret: str) -> str:
    """The key in groups of four, to be copied by hand."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))


def qr(address: str) -> Markup:
    """The address as an SVG image that a strict content policy lets through (no style attribute)."""
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        image,
        kind="svg",
        xmldecl=False,
        svgns=False,
        scale=4,
        border=4,
        omitsize=True,
        light="#fff",
        svgclass=None,
        lineclass=None,
    )
    return Markup(image.getvalue().decode())  # noqa: S704 — drawn here, from base 32 and an escaped address


def _matching(secret: str, code: str, counters: Iterable[int]) -> int | None:
    maker = pyotp.HOTP(secret)
    found = [counter for counter in counters if counter >= 0 and hmac.compare_digest(maker.at(counter), code)]
    return found[0] if found else None
