"""`elus accounts`: unlock, close, open again, sign out, rescue, and who still lacks a second step."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from elus.identity import actions as identity
from elus.kernel import clock, tasks
from elus.kernel.db import transaction
from elus.kernel.errors import Refused
from elus.kernel.text import nbsp, plural
from elus.organizations.cli.group import account_commands, found_account
from elus.organizations.rescues import actions as rescues
from elus.organizations.rescues.standing import without_second_factor

REFUSALS = {
    "already_suspended": "ce compte est déjà suspendu",
    "not_suspended": "ce compte n’est pas suspendu",
    "not_active": "ce compte n’est pas encore prêt : envoyez une invitation",
    "suspended": "ce compte est suspendu : rétablissez-le d’abord",
    "no_reason": "donnez un motif",
}
STATES = {
    "no_account": "pas de compte",
    "not_ready": "compte pas encore prêt",
    "password_only": "compte sans code ni appareil",
    "no_address": "pas d’adresse de courriel",
}


@contextmanager
def _told() -> Iterator[None]:
    try:
        with transaction():
            yield
    except Refused as refused:
        raise click.ClickException(nbsp(REFUSALS[refused.code])) from None


@account_commands.command("unlock")
@click.argument("email", metavar="ADRESSE")
def unlock(email: str) -> None:
    """Permettre de réessayer tout de suite après trop d’essais."""
    with _told():
        identity.unlock(found_account(email).id, by=None, at=clock.now())
    click.echo(f"{email} peut réessayer maintenant.")


@account_commands.command("without-second-factor")
def without() -> None:
    """Nommer les personnes en fonction qui n’ont pas de deuxième étape."""
    missing = without_second_factor(clock.local_day(clock.now()))
    for one in missing:
        click.echo(f"{one.name}\t{one.address or '-'}\t{STATES[one.state]}")
    click.echo(nbsp(f"{plural(len(missing), 'personne')} sans deuxième étape."), err=True)


@account_commands.command("suspend")
@click.argument("email", metavar="ADRESSE")
def suspend(email: str) -> None:
    """Fermer un compte tout de suite ; rien n’est perdu."""
    with _told():
        identity.suspend(found_account(email).id, by=None, at=clock.now())
    click.echo(f"Compte suspendu : {email}. « elus accounts resume » le rétablit.".replace(" :", "\u00a0:"))


@account_commands.command("resume")
@click.argument("email", metavar="ADRESSE")
def resume(email: str) -> None:
    """Rétablir un compte suspendu, avec les façons de se connecter qu’il avait."""
    with _told():
        identity.resume(found_account(email).id, by=None, at=clock.now())
    click.echo(nbsp(f"Compte rétabli : {email}."))


@account_commands.command("end-sessions")
@click.argument("email", metavar="ADRESSE", required=False)
@click.option("--all", "everybody", is_flag=True, help="Déconnecter tout le monde.")
def end_sessions(email: str | None, everybody: bool) -> None:
    """Déconnecter une personne partout, ou tout le monde."""
    if everybody == bool(email):
        raise click.UsageError("Donnez une adresse, ou --all.")
    with transaction():
        at = clock.now()
        if email:
            count = identity.end_sessions_of(found_account(email).id, by=None, at=at)
        else:
            count = identity.end_sessions_of_all(kept=None, by=None, at=at)
    click.echo(nbsp(f"Déconnexions : {count}."))


@account_commands.command("rescue")
@click.argument("email", metavar="ADRESSE")
@click.option("--reason", required=True, help="Motif, gardé un an et écrit dans les courriels.")
def rescue(email: str, reason: str) -> None:
    """Donner un code de dépannage quand personne d’autre ne le peut, après avoir vérifié l’identité."""
    with _told():
        code = rescues.from_console(found_account(email).id, reason=reason, at=clock.now())
    tasks.wake("letters")
    click.echo(code)
    click.echo(nbsp("Il sert une fois, pendant 30 minutes, à la page /connexion/depannage."), err=True)
