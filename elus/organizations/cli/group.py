"""The group of commands, and how a command finds somebody."""

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from elus.identity.models import User
from elus.kernel.db import db
from elus.organizations.models import Person

account_commands = AppGroup("accounts", help="Comptes des personnes.")


def found_person(email: str) -> Person:
    """The one person who has this address, or a sentence."""
    found = db.session.scalars(select(Person).where(func.lower(Person.email) == email.strip().casefold())).all()
    if len(found) != 1:
        raise click.ClickException(f"{len(found) or 'aucune'} personne avec l’adresse {email}")
    return found[0]


def found_account(email: str) -> User:
    """The account that is entered with this address, or a sentence."""
    user = db.session.scalars(select(User).where(User.email == email.strip().casefold())).first()
    if user is None:
        raise click.ClickException(f"aucun compte avec l’adresse {email}")
    return user
