"""Publish, withdraw, change, cancel, remind, hand over, open, acknowledge."""

from elus.convocations.actions.changing import cancel, move, tell_papers
from elus.convocations.actions.following import hand_over, remind
from elus.convocations.actions.publishing import Order, publish, withdraw
from elus.convocations.actions.receiving import acknowledge, opened

__all__ = [
    "Order",
    "acknowledge",
    "cancel",
    "hand_over",
    "move",
    "opened",
    "publish",
    "remind",
    "tell_papers",
    "withdraw",
]
