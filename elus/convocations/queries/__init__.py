"""What a convocation says, whom it went to, and what became of it."""

from elus.convocations.queries.dossier import agenda, convened, signatories, with_account
from elus.convocations.queries.standing import Standing, status
from elus.convocations.queries.versions import convening, last_pdf, latest, recipients, versions

__all__ = [
    "Standing",
    "agenda",
    "convened",
    "convening",
    "last_pdf",
    "latest",
    "recipients",
    "signatories",
    "status",
    "versions",
    "with_account",
]
