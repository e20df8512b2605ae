"""What identity does in the background."""

from datetime import datetime

from elus.identity import actions
from elus.kernel import tasks
from elus.kernel.db import transaction


def clean_up(at: datetime) -> int:
    """Forget what no longer means anything, a little at a time."""
    with transaction():
        return actions.clean_up(at)


def answer_resets(at: datetime) -> int:
    """Post the links to another password that were asked for; three an hour for one account, the others silently dropped."""
    with transaction():
        answered = actions.answer_resets(at=at)
    if answered:
        tasks.wake("letters")
    return answered
