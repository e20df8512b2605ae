"""The pages of identity: importing them gives the blueprint its routes."""

from elus.identity.views import (
    account,
    doors,
    insist,
    loader,
    passkeys,
    proof,
    provider,
    rescues,
    resets,
    security,
    welcome,
)
from elus.identity.views.blueprint import bp

__all__ = [
    "account",
    "bp",
    "doors",
    "insist",
    "loader",
    "passkeys",
    "proof",
    "provider",
    "rescues",
    "resets",
    "security",
    "welcome",
]
