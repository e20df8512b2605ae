"""Where somebody stands who sets ways in: one pure function, for a first visit and for a return after a rescue (screen C2)."""

from enum import StrEnum

from elus.identity.ways import Ways


class Step(StrEnum):
    """What is left to do before the account opens."""

    WAY = "way"  # choose how one will sign in
    CODE = "confirm"  # a password is chosen: save the key of the codes and try one
    NET = "net"  # one way in is proven: a second device, or a password and printed codes
    READY = "ready"  # a way in and a safety net: a press opens the account


def next_step(ways: Ways) -> Step:
    """The step where somebody stands."""
    if ways.proven:
        return Step.READY if ways.netted else Step.NET
    return Step.CODE if ways.password and not ways.needs_passkey else Step.WAY
