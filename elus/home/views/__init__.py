"""Pages one lands on: importing them gives the blueprint its routes."""

from elus.home.views import desk, secretariat
from elus.home.views.blueprint import bp

__all__ = ["bp", "desk", "secretariat"]
