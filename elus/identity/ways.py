"""The ways into an account: which there are, whether they suffice, which may go. Pure.

Answers the lost tablet (a second way is asked for) and the door closed from inside (the last way never goes).
"""

from dataclasses import dataclass, replace

FEW = 2
"""Printed codes left, at or under which new ones are advised."""


@dataclass(frozen=True)
class Ways:
    """What opens an account: device unlocks, a password, the codes of an application, printed codes still good."""

    passkeys: int = 0
    password: bool = False
    code: bool = False
    recovery: int = 0

    @property
    def lasting(self) -> int:
        """How many ways open the account again and again, each with both factors."""
        return self.passkeys + (self.password and self.code)

    @property
    def doors(self) -> int:
        """How many ways there are in all; the printed codes together make one, after the password."""
        return self.lasting + bool(self.password and self.recovery)

    @property
    def state(self) -> str:
        """How the account stands: "one_way", "few_codes" (they alone stand behind the only lasting way), "protected"."""
        if self.doors < 2:
            return "one_way"
        return "few_codes" if self.lasting < 2 and self.recovery <= FEW else "protected"

    def without_passkeys(self, count: int = 1) -> "Ways":
        """What would be left once that many device unlocks are gone."""
        return replace(self, passkeys=self.passkeys - count)


def why_kept(ways: Ways, *, keeping: int = 0) -> str | None:
    """Why a device unlock may not go: "last_way", or "passkey_needed" where at least `keeping` must stay; None when it may."""
    left = ways.without_passkeys()
    if left.lasting < 1:
        return "last_way"
    return "passkey_needed" if left.passkeys < keeping else None
