"""`elus accounts invite`: a way in for somebody, from the console."""

import click

from elus.kernel import clock
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.organizations import actions
from elus.organizations.cli.group import account_commands, found_person

REFUSALS = {
    "already_active": "ce compte est déjà prêt, il n’a pas besoin d’invitation",
    "suspended": "ce compte est suspendu",
    "address_taken": "cette adresse sert déjà au compte d’une autre personne",
    "no_address": "cette personne n’a pas d’adresse de courriel",
}


@account_commands.command("invite")
@click.argument("email", metavar="ADRESSE")
def invite(email: str) -> None:
    """Envoyer une invitation à la personne qui a cette adresse."""
    try:
        with transaction():
            person = found_person(email)
            name = person.name
            actions.invite(person, by=None, at=clock.now())
    except Refused as refused:
        raise click.ClickException(REFUSALS[refused.code]) from None
    click.echo(f"Invitation prête à partir pour {name}, {email}.")
