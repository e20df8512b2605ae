"""The ways into an account: which there are, whether they suffice, which may go. Pure.

Answers the lost tablet (a second way is asked for) and the door closed from inside (the last way never goes).
"""

from dataclasses import dataclass, replace

FEW = 2
"""Printed codes left, at or under which new ones are advised."""


@dataclass(frozen=True)
class Ways:
    """What opens an account; after a rescue, only what was set since."""

    passkeys: int = 0
    password: bool = False
    code: bool = False  # the key of the codes is confirmed
    printed: int = 0  # recovery codes that may still serve
    needs_passkey: bool = False  # staff, where device unlock is compulsory

    @property
    def lasting(self) -> int:
        """How many ways open the account again and again, each with both factors, and that this person may use."""
        return self.passkeys + (self.password and self.code and not self.needs_passkey)

    @property
    def proven(self) -> bool:
        """Whether there is a way in that counts for two factors, and that this person may use."""
        return self.lasting > 0

    @property
    def netted(self) -> bool:
        """Whether losing the tablet still leaves a way in."""
        return self.passkeys > 1 or (self.password and (self.printed > 0 or (self.code and self.passkeys > 0)))

    @property
    def state(self) -> str:
        """How the account stands: "one_way", "few_codes" (they alone stand behind the only lasting way), "protected"."""
        if self.lasting > 1:
            return "protected"
        if not (self.lasting and self.password and self.printed) or self.needs_passkey:
            return "one_way"
        return "few_codes" if self.printed <= FEW else "protected"


def why_kept(ways: Ways, *, count: int = 1) -> str | None:
    """Why that many device unlocks may not go: "last_way", or "passkey_needed" for staff; None when they may."""
    if replace(ways, passkeys=ways.passkeys - count).proven:
        return None
    return "passkey_needed" if ways.needs_passkey else "last_way"
