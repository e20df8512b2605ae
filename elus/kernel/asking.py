"""A viewer made of parameters: a statement about « whoever asks » is built once, and run with the values of each request.

Building a statement costs more than running it: the pages read most are prepared this way, from the same rules as all others.
"""

import uuid
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Date, Uuid, bindparam

from elus.kernel.db import UtcInstant
from elus.kernel.gate import Viewer

ASKING = cast(
    Viewer,
    SimpleNamespace(
        person_id=bindparam("asking_person", type_=Uuid[uuid.UUID]()),
        at=bindparam("asking_at", type_=UtcInstant()),
        day=bindparam("asking_day", type_=Date()),
    ),
)


def values(who: Viewer) -> dict[str, uuid.UUID | datetime | date | Any]:
    """The parameters of a statement prepared for ASKING."""
    return {"asking_person": who.person_id, "asking_at": who.at, "asking_day": who.day}
