"""Table of contents: every blueprint, command and job, in reading order."""

from collections.abc import Callable

import click
from flask import Blueprint, Flask

from elus.admin import views as admin_views
from elus.attendance import views as attendance_views
from elus.calendars import views as calendars_views
from elus.home import views as home_views
from elus.home.views import desk, secretariat  # noqa: F401 — its routes join the blueprint
from elus.identity import tasks as identity_tasks
from elus.identity.views import bp as identity_pages
from elus.identity.views import loader
from elus.kernel import scrub
from elus.kernel.tasks import Job
from elus.meetings import views as meetings_views
from elus.meetings.dossier import tasks as dossier_tasks
from elus.meetings.views import creation, editor, files, item, member, ordering, papers  # noqa: F401 — their routes join
from elus.ops import views as ops_views
from elus.organizations import contact
from elus.organizations import views as organizations_pages
from elus.organizations.cli import user_commands
from elus.pages import views as pages_views
from elus.papers import tasks as papers_tasks
from elus.reading import views as reading_views
from elus.register.cli import register_commands

BLUEPRINTS: list[Blueprint] = [
    home_views.bp,
    meetings_views.bp,
    attendance_views.bp,
    calendars_views.bp,
    identity_pages,
    organizations_pages.bp,
    pages_views.bp,
    admin_views.bp,
    files.bp,
    papers.bp,
    reading_views.bp,
    ops_views.bp,
]

COMMANDS: list[click.Command] = [register_commands, user_commands]

PREPARE: list[Callable[[Flask], None]] = [loader.install, contact.install]

JOBS: dict[str, Job] = {
    "intake": papers_tasks.intake,
    "abandoned_uploads": dossier_tasks.give_up,
    "scrub": scrub.scrub,
    "clean_up": identity_tasks.clean_up,
}
