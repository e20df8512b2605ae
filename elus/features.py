"""Table of contents: every blueprint, command and job, in reading order."""

from collections.abc import Callable

import click
from flask import Blueprint, Flask

from elus.identity.views import loader
from elus.kernel.tasks import Job

BLUEPRINTS: list[Blueprint] = []

COMMANDS: list[click.Command] = []

PREPARE: list[Callable[[Flask], None]] = [loader.install]

JOBS: dict[str, Job] = {}
