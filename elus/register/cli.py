"""`elus register`: replay what was recorded."""

import click
from flask.cli import AppGroup

from elus.register import queries

register_commands = AppGroup("register", help="Registre de preuve.")


@register_commands.command("verify")
def verify() -> None:
    """Rejouer toutes les chaînes et nommer la première entrée rompue."""
    if broken := queries.first_broken_link():
        raise click.ClickException(f"registre rompu : convocation {broken.convocation_id}, entrée {broken.n}")
    click.echo("registre intact")
