"""One act tried by two real processes at the same instant: `python -m tests.identity.at_once ACT MEETING ARGUMENTS` is one of them."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

ROOT = Path(__file__).parents[2]
TIMES = 4  # tries of each process


def two_processes(app: Flask, act: str, *arguments: Any, **settings: str) -> list[str]:
    """What the tries of two processes gave, in no order; each makes four of them, as fast as it can."""
    meeting = Path(app.instance_path) / f"rendez-vous-{uuid.uuid4().hex}"
    meeting.mkdir()
    command = [sys.executable, "-m", "tests.identity.at_once", act, str(meeting), json.dumps(list(map(str, arguments)))]
    known = app.extensions["elus.settings"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ELUS_")},
        "ELUS_INSTANCE": str(known.instance),
        "ELUS_DATABASE_URL": known.database_url,
        "ELUS_PUBLIC_URL": known.public_url,
        "ELUS_LISTEN": known.listen,
        "ELUS_MAIL_FROM": known.mail_from,
        **settings,
    }
    both = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results: list[str] = []
    for process in both:
        told, wrong = process.communicate(timeout=120)
        assert process.returncode == 0, wrong
        results += json.loads(told.splitlines()[-1])
    return results


def _address(address: str) -> str:
    from elus.identity import actions
    from elus.identity.origin import Origin
    from elus.kernel import clock

    actions.try_password(address, origin=Origin("tests", behind="192.0.2.1/32"), at=clock.now())
    return "counted"


def _totp(user_id: str, code: str) -> str:
    from elus.identity import actions
    from elus.kernel import clock

    return actions.use_code(uuid.UUID(user_id), code, at=clock.now()) or "opened"


def _recovery(user_id: str, code: str) -> str:
    from elus.identity import actions
    from elus.kernel import clock

    return actions.use_recovery_code(uuid.UUID(user_id), code, at=clock.now()) or "opened"


def _invitation(invitation_id: str) -> str:
    from elus.identity import actions
    from elus.kernel import clock

    actions.open_invitation(uuid.UUID(invitation_id), at=clock.now())
    return "opened"


def _rescue(address: str, code: str) -> str:
    from elus.identity import actions
    from elus.identity.origin import Origin
    from elus.kernel import clock

    return "opened" if actions.use_rescue(address, code, origin=Origin("tests"), at=clock.now()) else "wrong"


def _reset(reset_id: str, *codes: str) -> str:
    """Each try with a recovery code of its own: only the link can refuse."""
    from elus.identity import actions
    from elus.identity.origin import Origin
    from elus.kernel import clock

    code = codes[(os.getpid() + next(_count)) % len(codes)]
    why = actions.reset_password(uuid.UUID(reset_id), "another hash", code, origin=Origin("tests"), at=clock.now())
    return why or "opened"


def _challenge(challenge: str) -> str:
    from elus.identity import challenges
    from elus.kernel import clock

    spent = challenges.spend(bytes.fromhex(challenge), until=clock.now() + timedelta(minutes=5))
    return "opened" if spent else "expired"


def _pending(session_id: str) -> str:
    from elus.identity import actions
    from elus.kernel import clock

    return "opened" if actions.end_pending(uuid.UUID(session_id), at=clock.now()) else "ended"


_count = iter(range(1000))
ACTS: dict[str, Callable[..., str]] = {
    "address": _address,
    "totp": _totp,
    "recovery": _recovery,
    "invitation": _invitation,
    "rescue": _rescue,
    "reset": _reset,
    "challenge": _challenge,
    "pending": _pending,
}


def _tried(act: str, arguments: list[str]) -> str:
    from elus.kernel.db import transaction
    from elus.kernel.errors import Refused

    try:
        with transaction():
            return ACTS[act](*arguments)
    except Refused as refused:
        return refused.code


def main(act: str, meeting: Path, arguments: list[str]) -> None:
    """Start, wait for the other, try, and tell."""
    from elus import create_app

    with create_app().app_context():
        (meeting / str(os.getpid())).touch()
        while len(list(meeting.iterdir())) < 2:
            time.sleep(0.001)
        print(json.dumps([_tried(act, arguments) for _ in range(TIMES)]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
