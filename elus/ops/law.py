"""`elus law`: replay tables of delays against the law the portal applies."""

import csv
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from elus.kernel.text import nbsp
from elus.law.replay import COLUMNS, MissingColumns, Outcome, replay


class Unusable(click.ClickException):
    """The table cannot be replayed at all."""

    exit_code = 2

    def format_message(self) -> str:
        return nbsp(self.message)


@click.group("law", help="Droit appliqué par le portail.")
def law_commands() -> None:
    """Group of commands; needs neither settings nor database."""


@law_commands.command("verify")
@click.argument("table", metavar="FICHIER.csv", type=click.Path(path_type=Path))
@click.option("--zone", default="Europe/Paris", show_default=True, help="Fuseau horaire de la collectivité.")
@click.pass_context
def verify(context: click.Context, table: Path, zone: str) -> None:
    """Rejouer un tableau de délais et afficher les lignes fausses.

    La commande se termine avec le code 1 si une ligne est fausse ou illisible, 2 si le tableau ne peut être rejoué.
    """
    outcomes = _replayed(table, _zone(zone))
    wrong = [outcome for outcome in outcomes if not outcome.right]
    for outcome in wrong:
        click.echo(nbsp(_sentence(outcome)))
    click.echo(f"{len(outcomes) - len(wrong)} right, {len(wrong)} wrong")
    context.exit(1 if wrong else 0)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unusable(f"Le fuseau horaire « {name} » est inconnu.") from None
    return name


def _replayed(table: Path, zone: str) -> list[Outcome]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            return list(replay(lines, zone))
    except FileNotFoundError:
        raise Unusable(f"Le fichier {table} n’existe pas.") from None
    except OSError as failure:
        raise Unusable(f"Le fichier {table} ne peut être ouvert : {failure.strerror}.") from None
    except UnicodeDecodeError:
        raise Unusable(f"Le fichier {table} n’est pas un texte en UTF-8.") from None
    except csv.Error as failure:
        raise Unusable(f"Le fichier {table} n’est pas un tableau CSV : {failure}.") from None
    except MissingColumns as missing:
        names = ", ".join(missing.names)
        raise Unusable(f"Ligne 1 : il manque la colonne {names} (attendues : {', '.join(COLUMNS)}).") from None


def _sentence(outcome: Outcome) -> str:
    where = f"Ligne {outcome.line}" + (f" ({outcome.name})" if outcome.name else "")
    if outcome.unreadable:
        return f"{where} : la colonne {outcome.unreadable.column} ne se lit pas (« {outcome.unreadable.value} »)."
    case = outcome.case
    assert case
    return (
        f"{where} : {case.regime.name}, "
        f"attendu {_answer(case.expected_ok)}, dernier jour {case.expected_latest or 'aucun'} ; "
        f"calculé {_answer(outcome.ok)}, dernier jour {outcome.latest or 'aucun'}."
    )


def _answer(ok: bool | None) -> str:
    return "régulier" if ok else "tardif"
