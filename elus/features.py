"""Table of contents: every blueprint, command and job, in reading order."""

from collections.abc import Callable

import click
from flask import Blueprint, Flask

from elus.admin import views as admin_views
from elus.attendance import views as attendance_views
from elus.calendars import views as calendars_views
from elus.home.views import bp as home
from elus.identity import tasks as identity_tasks
from elus.identity.views import bp as identity_pages
from elus.identity.views import loader
from elus.kernel import scrub
from elus.kernel.tasks import Job
from elus.meetings.views import bp as meetings
from elus.ops import views as ops_views
from elus.organizations import contact
from elus.organizations import views as organizations_pages
from elus.organizations.cli import user_commands
from elus.pages import views as pages_views
from elus.register.cli import register_commands

BLUEPRINTS: list[Blueprint] = [
    home,
    meetings,
    attendance_views.bp,
    calendars_views.bp,
    identity_pages,
    organizations_pages.bp,
    pages_views.bp,
    admin_views.bp,
    ops_views.bp,
]

COMMANDS: list[click.Command] = [register_commands, user_commands]

PREPARE: list[Callable[[Flask], None]] = [loader.install, contact.install]

JOBS: dict[str, Job] = {"scrub": scrub.scrub, "clean_up": identity_tasks.clean_up}
