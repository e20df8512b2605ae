"""Gives the letters about accounts the words of the features above identity: names, assemblies, helper."""

import uuid
from datetime import datetime

from flask import Flask

from elus.identity.mails import Words
from elus.kernel.db import db
from elus.organizations.actions import words_for
from elus.organizations.models import Person


def words_of(person_id: uuid.UUID, at: datetime) -> Words:
    """What a letter says of the person behind an account."""
    return words_for(db.session.get_one(Person, person_id), at=at)


def install(app: Flask) -> None:
    """Let identity find these words without knowing who sits where."""
    app.extensions["elus.words_for"] = words_of
