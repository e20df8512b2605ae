"""Pages of meetings: importing them gives the blueprints their routes."""

from elus.meetings.views import creation, editor, files, item, member, ordering, papers
from elus.meetings.views.blueprint import bp

__all__ = ["bp", "creation", "editor", "files", "item", "member", "ordering", "papers"]
