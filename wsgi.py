"""The application for a WSGI server."""

from elus import create_app

app = create_app()
