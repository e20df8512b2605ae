"""Long answers that stop when the right to them ends: a mandate that ends, a session closed elsewhere, an account suspended.

Answers the download begun while one still could (threat: an ex-councillor whose tablet goes on).
"""

import logging
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from time import monotonic

from flask import Flask, current_app

from elus.kernel import clock

EVERY = 5.0  # seconds between two looks at the rights
log = logging.getLogger(__name__)


class RightEnded(Exception):
    """The person may no longer have what is being sent: the connection is cut, so that nothing passes for whole."""


def while_allowed(body: Iterator[bytes], still: Callable[[datetime], bool]) -> Iterator[bytes]:
    """The body of an answer, cut by `RightEnded` once `still(at)` says no; asked between two pieces, in its own context."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the body outlives the request

    def watched() -> Iterator[bytes]:
        try:
            looked = monotonic()
            for piece in body:
                if monotonic() - looked >= EVERY:
                    with app.app_context():
                        if not still(clock.now()):
                            log.info("an answer was cut: the right to it ended")
                            raise RightEnded
                    looked = monotonic()
                yield piece
        finally:
            if isinstance(body, Generator):
                body.close()

    return watched()
