"""Letters as rows, composed at sending and handed to one mail server; a killed worker loses none."""

from elus.kernel.outbox.delivery import deliver_due
from elus.kernel.outbox.letters import Letter, LetterState, Outcome, can_send, measured_rate, post
from elus.kernel.outbox.relay import MailDown, probe

__all__ = [
    "Letter",
    "LetterState",
    "MailDown",
    "Outcome",
    "can_send",
    "deliver_due",
    "measured_rate",
    "post",
    "probe",
]
