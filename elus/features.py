"""Table of contents: every blueprint, command and job, in reading order."""

from collections.abc import Callable

import click
from flask import Blueprint, Flask

from elus.admin import views as admin_views
from elus.admin.journal import tasks as journal_tasks
from elus.attendance import views as attendance_views
from elus.calendars import views as calendars_views
from elus.convocations import tasks as convocations_tasks
from elus.convocations import views as convocations_views
from elus.home import views as home_views
from elus.identity import tasks as identity_tasks
from elus.identity import views as identity_views
from elus.identity.views import insist, loader, proof
from elus.identity.views import provider as identity_provider
from elus.kernel import scrub
from elus.kernel.tasks import Job
from elus.meetings import views as meetings_views
from elus.meetings.dossier import tasks as dossier_tasks
from elus.ops import views as ops_views
from elus.organizations import contact, wording
from elus.organizations import views as organizations_views
from elus.organizations.cli import account_commands
from elus.organizations.letters import tasks as letters_tasks
from elus.pages import views as pages_views
from elus.papers import tasks as papers_tasks
from elus.reading import views as reading_views
from elus.register.cli import register_commands

BLUEPRINTS: list[Blueprint] = [
    home_views.bp,
    meetings_views.bp,
    meetings_views.files.bp,
    meetings_views.papers.bp,
    convocations_views.bp,
    attendance_views.bp,
    reading_views.bp,
    calendars_views.bp,
    identity_views.bp,
    organizations_views.bp,
    pages_views.bp,
    admin_views.bp,
    admin_views.journal.bp,
    ops_views.bp,
]

COMMANDS: list[click.Command] = [register_commands, account_commands]

PREPARE: list[Callable[[Flask], None]] = [
    loader.install,
    proof.install,
    insist.install,
    identity_provider.install,
    contact.install,
    wording.install,
]

JOBS: dict[str, Job] = {
    "intake": papers_tasks.intake,
    "abandoned_uploads": dossier_tasks.give_up,
    "convocations": convocations_tasks.seal_due,
    "resets": identity_tasks.answer_resets,
    "letters": convocations_tasks.send_due,
    "scrub": scrub.scrub,
    "clean_up": identity_tasks.clean_up,
    "welcome_letters": letters_tasks.make_due,
    "journal": journal_tasks.prune,
}
