"""`elus demo`: a territory to try the portal with; never beside real data."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask.cli import AppGroup, ScriptInfo

from elus.config import load
from elus.demo import accounts, build
from elus.demo import refresh as dates
from elus.demo.accounts import Account
from elus.identity import totp
from elus.kernel import clock
from elus.kernel.crypto import Keyring
from elus.kernel.db import transaction
from elus.kernel.text import day, nbsp, plural
from elus.ops import schema

WIDE = "  "
SHOWN = (
    ("Secrétariat", "prépare et publie le conseil"),
    ("Élue ou élu", "reçoit, lit, répond"),
    ("Administration", "surveille le portail"),
)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except build.NotHere as wrong:
        raise click.ClickException(nbsp(str(wrong))) from None


@click.group("demo", cls=AppGroup, invoke_without_command=True, help="Démonstration : un territoire fictif à essayer.")
@click.pass_context
def demo_commands(context: click.Context) -> None:
    """Créer la démonstration quand rien d’autre n’est demandé."""
    if context.invoked_subcommand is None:
        context.invoke(create)


@demo_commands.command("create", with_appcontext=False)
@click.pass_context
def create(context: click.Context) -> None:
    """Remplir une base vide : communes, élus, séances, documents, comptes."""
    found = load()
    new = not found.keys.exists()
    if new:
        found.instance.mkdir(parents=True, exist_ok=True)
        Keyring.create(found.keys)
    try:
        with context.ensure_object(ScriptInfo).load_app().app_context(), _told():
            _create()
    except BaseException:
        if new:
            found.keys.unlink(missing_ok=True)  # nothing was written with them: the next try starts afresh
        raise


def _create() -> None:
    schema.to_head()
    click.echo("Création de la démonstration (une minute au plus)…")
    made = build.create(clock.now())
    schema.migrate(clock.now())  # the keys belong to this database once it holds what they sealed
    if made is None:
        click.echo(nbsp("La démonstration est déjà là. « elus demo show » dit comment entrer."))
        return
    said = ", ".join((plural(len(made.accounts), "compte"), plural(made.sittings, "séance")))
    click.echo(f"Démonstration prête : {said}, {plural(made.papers, 'document')}.")


@demo_commands.command("show")
def show() -> None:
    """Dire l’adresse et trois façons d’entrer."""
    with _told():
        build.insist()
    known = accounts.read(build.settings().instance / build.ACCOUNTS)
    chosen = [accounts.secretary(known), accounts.councillor(known), accounts.administrator(known)]
    click.echo(f"\n{WIDE}Portail Élus – démonstration")
    click.echo(f"{WIDE}Adresse : {build.settings().public_url}\n")
    for (title, does), account in zip(SHOWN, chosen, strict=True):
        _show(title, does, account)
    click.echo(f"{WIDE}Un code change toutes les 30 secondes ; un nouveau : elus demo code ADRESSE")
    click.echo(f"{WIDE}Tous les comptes : {build.settings().instance / build.ACCOUNTS}\n")


def _show(title: str, does: str, account: Account) -> None:
    click.echo(f"{WIDE}{title} – {account.name} ({does})")
    for label, value in (
        ("adresse", account.email),
        ("mot de passe", account.password),
        ("code actuel", _code(account)),
    ):
        click.echo(f"{WIDE}  {label:<13} {value}")
    click.echo("")


@demo_commands.command("code")
@click.argument("email", metavar="ADRESSE")
def code(email: str) -> None:
    """Donner le code à six chiffres d’un compte, comme le ferait son téléphone."""
    with _told():
        build.insist()
    for account in accounts.read(build.settings().instance / build.ACCOUNTS):
        if account.email == email.strip().casefold():
            click.echo(_code(account))
            return
    raise click.ClickException(nbsp(f"Aucun compte de démonstration n’a l’adresse « {email} »."))


@demo_commands.command("refresh")
def refresh() -> None:
    """Ramener le conseil à préparer dans quatorze jours."""
    with _told():
        build.insist()
    with transaction():
        for one in dates.refresh(clock.now()):
            state = "publiée, inchangée" if one.published else "déplacée" if one.moved else "déjà à sa date"
            click.echo(nbsp(f"{one.title} : {day(one.day)} ({state})"))


def _code(account: Account) -> str:
    return totp.code_at(account.totp_secret, clock.now())
