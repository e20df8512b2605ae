"""The pages of people and organizations: importing them gives the blueprint its routes."""

from elus.organizations.views import helping, letters, people
from elus.organizations.views.blueprint import bp

__all__ = ["bp", "helping", "letters", "people"]
