"""Where somebody stands who sets ways in: one pure function, for a first visit and for a return after a rescue (screen C2)."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What is left to do before the account opens."""

    WAY = "way"  # choose how one will sign in
    CODE = "confirm"  # a password is chosen: save the key of the codes and try one
    NET = "net"  # one way in is proven: a second device, or a password and printed codes
    READY = "ready"  # a way in and a safety net: a press opens the account


@dataclass(frozen=True)
class Ways:
    """What opens an account; after a rescue, only what was set since."""

    passkeys: int = 0
    password: bool = False
    code: bool = False  # the key of the codes is confirmed
    printed: int = 0  # recovery codes that may still serve
    needs_passkey: bool = False  # staff, where device unlock is compulsory

    @property
    def proven(self) -> bool:
        """Whether there is a way in that counts for two factors, and that this person may use."""
        return self.passkeys > 0 or (self.password and self.code and not self.needs_passkey)

    @property
    def netted(self) -> bool:
        """Whether losing the tablet still leaves a way in."""
        return self.passkeys > 1 or (self.password and (self.printed > 0 or (self.code and self.passkeys > 0)))


def next_step(ways: Ways) -> Step:
    """The step where somebody stands."""
    if ways.proven:
        return Step.READY if ways.netted else Step.NET
    return Step.CODE if ways.password and not ways.needs_passkey else Step.WAY
