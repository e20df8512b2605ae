"""`elus accounts invite`: a way in for somebody, by mail."""

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.errors import Refused
from elus.organizations import actions
from elus.organizations.models import Person

account_commands = AppGroup("accounts", help="Comptes des personnes.")
REFUSALS = {
    "already_active": "ce compte est déjà prêt, il n’a pas besoin d’invitation",
    "address_taken": "cette adresse sert déjà au compte d’une autre personne",
    "no_address": "cette personne n’a pas d’adresse de courriel",
}


@account_commands.command("invite")
@click.argument("email")
def invite(email: str) -> None:
    """Envoyer une invitation à la personne qui a cette adresse."""
    try:
        with transaction():
            found = db.session.scalars(select(Person).where(func.lower(Person.email) == email.strip().casefold())).all()
            if len(found) != 1:
                raise click.ClickException(f"{len(found) or 'aucune'} personne avec l’adresse {email}")
            actions.invite(found[0], by=None, at=clock.now())
            name = found[0].name
    except Refused as refused:
        raise click.ClickException(REFUSALS[refused.code]) from None
    click.echo(f"Invitation prête à partir pour {name}, {email}.")
