"""What identity does in the background."""

from datetime import datetime

from elus.identity import actions
from elus.kernel.db import transaction


def clean_up(at: datetime) -> int:
    """Forget what no longer means anything, a little at a time."""
    with transaction():
        return actions.clean_up(at)
