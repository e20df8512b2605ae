"""What a convocation says, whom it went to, and what became of it."""

from elus.convocations.queries.checking import Preparation, preparation
from elus.convocations.queries.dossier import agenda, convened, signatories, with_account
from elus.convocations.queries.standing import Standing, status
from elus.convocations.queries.tracking import Following, Line, following
from elus.convocations.queries.versions import PATIENCE, convening, last_pdf, late, latest, reach, recipients, versions

__all__ = [
    "PATIENCE",
    "Following",
    "Line",
    "Preparation",
    "Standing",
    "agenda",
    "convened",
    "convening",
    "following",
    "last_pdf",
    "late",
    "latest",
    "preparation",
    "reach",
    "recipients",
    "signatories",
    "status",
    "versions",
    "with_account",
]
