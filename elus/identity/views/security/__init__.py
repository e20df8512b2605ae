"""My security (screen C9): the ways in, the devices and the sessions of one's own account, seen and changed."""

from elus.identity.views.security import changes, devices, page, passkeys

__all__ = ["changes", "devices", "page", "passkeys"]
