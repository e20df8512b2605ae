"""The `elus` command: Flask's own commands and ours, over one application."""

from flask.cli import FlaskGroup

from elus import create_app

elus = FlaskGroup(name="elus", create_app=create_app, add_default_commands=False, add_version_option=False)
