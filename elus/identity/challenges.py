"""What a device is asked to sign: made here a moment ago, for this browser and this act, used once.

Nothing is kept until it serves: a challenge carries its own end and a keyed hash, so that asking costs no row.
"""

import hmac
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from elus.identity.models import SpentChallenge
from elus.kernel.blobs import keyring
from elus.kernel.crypto import Purpose
from elus.kernel.db import db

ALIVE = timedelta(minutes=5)
END, NONCE, MAC = 8, 24, 32


class Act(StrEnum):
    """What a signature is for; one made for an act opens no other."""

    ENTER = "enter"
    ADD = "add"
    PROVE = "prove"


def new(act: Act, browser: str, *, at: datetime, about: uuid.UUID | None = None) -> bytes:
    """A challenge for an act, asked by a browser, about an account unless anybody may answer."""
    body = int((at + ALIVE).timestamp()).to_bytes(END, "big") + secrets.token_bytes(NONCE)
    return body + keyring().mac(Purpose.CHALLENGE_MAC, _bound(body, act, browser, about))


def end_of(
    challenge: bytes, act: Act, browser: str, *, at: datetime, about: uuid.UUID | None = None
) -> datetime | None:
    """Until when a challenge lives; None when it is over, or not ours, or made for something or somebody else."""
    body, mac = challenge[: END + NONCE], challenge[END + NONCE :]
    if len(challenge) != END + NONCE + MAC or not browser:
        return None
    ours = keyring().macs(Purpose.CHALLENGE_MAC, _bound(body, act, browser, about))
    if not any(hmac.compare_digest(mac, known) for known in ours):
        return None
    end = datetime.fromtimestamp(int.from_bytes(body[:END], "big"), UTC)
    return end if end > at else None


def spend(challenge: bytes, *, until: datetime) -> bool:
    """Use a challenge, once whoever asks at the same time; False when it has served."""
    return spend_named(challenge[END : END + NONCE].hex(), until=until)


def spend_named(digest: str, *, until: datetime) -> bool:
    """Use, once, whatever goes by this name until it would be over anyway; False when it has served."""
    try:
        with db.session.begin_nested():
            db.session.add(SpentChallenge(challenge_hash=digest, expires_at=until))
    except IntegrityError:
        return False
    return True


def _bound(body: bytes, act: Act, browser: str, about: uuid.UUID | None) -> bytes:
    return b"|".join([act.encode(), browser.encode(), str(about or "").encode(), body])
