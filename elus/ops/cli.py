"""The `elus` command: Flask's own commands and ours, over one application."""

import fcntl
import logging
import signal
from pathlib import Path
from types import FrameType

import click
from flask import current_app
from flask.cli import FlaskGroup

from elus import create_app
from elus.config import Settings, load
from elus.kernel import clock
from elus.kernel.crypto import Keyring
from elus.ops import backups, schema, supervisor
from elus.ops.doctor import examine
from elus.ops.law import law_commands


class Commands(FlaskGroup):
    """All commands are known without an application, so that help is there before keys and settings are."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return click.Group.list_commands(self, ctx)


elus = Commands(
    name="elus",
    create_app=create_app,
    add_default_commands=False,
    add_version_option=False,
    help="Le Portail Élus : convocations, dossiers de séance et preuves.",
)
elus.add_command(law_commands)  # here: the law is replayed without an installation


def _settings() -> Settings:
    found: Settings = current_app.extensions["elus.settings"]
    return found


@elus.command("serve")
def serve() -> None:
    """Mettre la base à niveau, puis tenir le serveur et son ouvrier."""
    settings = _settings()
    schema.migrate(clock.now())
    if settings.keys.is_relative_to(settings.instance) and not settings.demonstration:
        click.echo(
            f"Attention : les clés {settings.keys} sont à côté des données. Placez-les ailleurs (ELUS_KEYS) : "
            "qui vole le dossier volerait tout.",
            err=True,
        )
    click.echo(f"Portail Élus : {settings.public_url}")
    supervisor.run(
        [
            supervisor.Child("serveur", supervisor.web_command(settings)),
            supervisor.Child("ouvrier", supervisor.worker_command()),
        ]
    )


@elus.command("worker")
def worker() -> None:
    """Faire le travail de fond : envois, contrôles de fichiers, PDF. Un seul par installation."""
    lock = (_settings().instance / "worker.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise click.ClickException("un autre ouvrier travaille déjà pour cette installation") from None
    consumer = current_app.extensions["elus.queue"].create_consumer(
        workers=3, worker_type="thread", periodic=True, initial_delay=0.1, max_delay=1.0, backoff=1.15
    )
    _stop_on_sigterm(consumer)
    consumer.run()


def _stop_on_sigterm(consumer: object) -> None:
    """SIGTERM lets the running jobs end, as SIGINT does."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, stop)


@elus.command("init", with_appcontext=False)
def init() -> None:
    """Commencer une installation vide : dossier, clés, base."""
    settings = load()
    if settings.keys.exists():
        raise click.ClickException(f"cette installation existe déjà : {settings.keys}")
    settings.instance.mkdir(parents=True, exist_ok=True)
    Keyring.create(settings.keys)
    app = create_app(settings)
    with app.app_context():
        schema.migrate(clock.now())
    click.echo(f"Installation prête dans {settings.instance}.")
    click.echo(
        f"Clés : {settings.keys}. Copiez ce fichier ailleurs, jamais avec les sauvegardes : sans lui, tout est perdu."
    )
    click.echo("Ensuite : elus doctor, puis elus serve.")


@elus.command("migrate")
def migrate() -> None:
    """Mettre la base au niveau de cette version."""
    schema.migrate(clock.now())
    click.echo(f"base à la révision {schema.current_revision()}")


@elus.command("doctor")
@click.option("--send", "recipient", metavar="ADRESSE", help="Envoyer un message d’essai à cette adresse.")
def doctor(recipient: str | None) -> None:
    """Vérifier réglages, clés, base, fichiers, messagerie, horloge."""
    findings = examine(_settings(), at=clock.now(), recipient=recipient)
    for finding in findings:
        click.echo(f"{'✓' if finding.ok else '✕'} {finding.subject} : {finding.said}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


@elus.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(folder: Path) -> None:
    """Copier la base et les fichiers chiffrés dans DOSSIER ; les clés n’y sont jamais."""
    made = backups.backup(folder, at=clock.now())
    click.echo(f"Sauvegarde : {made.folder} ({made.rows} lignes, {made.files} fichiers).")
    click.echo(f"Clés à garder ailleurs : {_settings().keys}")


@elus.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Vérifier une sauvegarde, puis la remettre dans une installation vide qui a les mêmes clés."""
    try:
        made = backups.restore(folder, at=clock.now())
    except backups.BadBackup as wrong:
        raise click.ClickException(str(wrong)) from None
    click.echo(f"Restauré et vérifié : {made.rows} lignes, {made.files} fichiers.")


logging.getLogger("huey").setLevel(logging.WARNING)
