"""`elus accounts`: ways in for people, from the console of the server."""

from elus.organizations.cli import closing, inviting, letters
from elus.organizations.cli.group import account_commands

__all__ = ["account_commands", "closing", "inviting", "letters"]
