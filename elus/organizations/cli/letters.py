"""`elus accounts letters`: the printed letters of invitation, written to a file."""

import os
import uuid
from pathlib import Path

import click
from sqlalchemy import func, or_, select

from elus.kernel import clock
from elus.kernel.db import db, transaction
from elus.kernel.typesetter import CannotTypeset
from elus.organizations.cli.group import account_commands
from elus.organizations.letters import actions, queries, tasks
from elus.organizations.models import Body, Organization


@account_commands.command("letters")
@click.argument("organisation", required=False)
@click.option("--all", "everybody", is_flag=True, help="Pour toutes les assemblées.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FICHIER.pdf")
def letters(organisation: str | None, everybody: bool, output: Path) -> None:
    """Imprimer les courriers de bienvenue de ceux qui n’ont jamais ouvert leur compte.

    ORGANISATION : nom de l’assemblée, « assemblée, collectivité », ou son identifiant. Les courriers précédents ne serviront plus.
    """
    if (organisation is None) != everybody:
        raise click.UsageError("donnez une ORGANISATION, ou --all pour toutes")
    at = clock.now()
    selection = queries.never_activated(clock.local_day(at))
    if organisation is not None:
        selection = queries.of_organization(selection, _named(organisation))
    with transaction():
        written = actions.write(db.session.scalars(selection), at=at)
    if not written:
        raise click.ClickException("personne n’attend de courrier")
    try:
        pdf = tasks.typeset(written, at)
    except CannotTypeset as wrong:
        raise click.ClickException(f"les courriers n’ont pas pu être composés : {wrong}") from None
    _write(output, pdf)
    with transaction():
        count = actions.give_out(written, by=None, at=at)
    click.echo(
        f"{count} courrier{'s' if count > 1 else ''} dans {output}. Ce fichier contient des codes : effacez-le une fois imprimé."
    )


def _named(name: str) -> uuid.UUID:
    """The only organization of that name or identifier."""
    try:
        known = Organization.id == uuid.UUID(name)
    except ValueError:
        known = or_(
            func.lower(Organization.name) == name.strip().lower(),
            func.lower(Organization.name + ", " + Body.name) == name.strip().lower(),
        )
    found = db.session.scalars(select(Organization).join(Organization.body).where(known)).all()
    if len(found) == 1:
        return found[0].id
    if not found:
        raise click.ClickException(f"aucune assemblée ne s’appelle « {name} »")
    rows = db.session.execute(select(Organization.name, Body.name).join(Organization.body).where(known))
    names = " ; ".join(f"{assembly}, {body}" for assembly, body in rows)
    raise click.ClickException(f"plusieurs assemblées s’appellent « {name} », précisez : {names}")


def _write(output: Path, pdf: bytes) -> None:
    """A file its owner alone may read; one that exists is not replaced."""
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{output} existe déjà : donnez un autre nom") from None
    except OSError as wrong:
        raise click.ClickException(f"{output} ne s’écrit pas : {wrong.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pdf)
