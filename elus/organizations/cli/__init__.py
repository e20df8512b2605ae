"""`elus accounts`: ways in for people, from the console."""

from elus.organizations.cli import letters
from elus.organizations.cli.inviting import account_commands

__all__ = ["account_commands", "letters"]
