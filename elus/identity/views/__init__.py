"""The pages of identity: importing them gives the blueprint its routes."""

from elus.identity.views import account, doors, loader, rescues, resets, welcome
from elus.identity.views.blueprint import bp

__all__ = ["account", "bp", "doors", "loader", "rescues", "resets", "welcome"]
