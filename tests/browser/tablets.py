"""A tablet that unlocks by itself: an emulated iPad with Chromium's virtual authenticator."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page

IPAD = {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1}


@dataclass
class Tablet:
    """A window of a tablet and the finger of its owner."""

    page: Page
    cdp: CDPSession
    authenticator: str

    def touch(self, *, recognised: bool = True) -> None:
        """From now on the owner answers when asked; or somebody else does, whom the tablet does not know."""
        self._set("setUserVerified", isUserVerified=recognised)
        self._set("setAutomaticPresenceSimulation", enabled=True)

    def leave(self) -> None:
        """Nobody answers."""
        self._set("setAutomaticPresenceSimulation", enabled=False)

    def keys(self) -> list[dict[str, Any]]:
        found: dict[str, Any] = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(found["credentials"])

    def _set(self, name: str, **what: Any) -> None:
        self.cdp.send(f"WebAuthn.{name}", {"authenticatorId": self.authenticator, **what})


def held(context: BrowserContext, script: str = "") -> Tablet:
    """A new tablet; `script` is what its browser lacks."""
    if script:
        context.add_init_script(script)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    facts = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": False,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": facts})
    return Tablet(page, cdp, made["authenticatorId"])
