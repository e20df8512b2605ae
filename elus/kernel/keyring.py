"""What the database remembers of the root keys: a wrong or missing key stops the start instead of opening nothing later."""

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from elus.kernel.crypto import Keyring, KeyringError
from elus.kernel.db import Code, Instant, Model, db


class RootKey(Model):
    """A root key this database has been used with: its public check value, never the key."""

    __tablename__ = "root_key"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    check_value: Mapped[Code]
    known_since: Mapped[Instant]


def insist_on_known_keys(keyring: Keyring, *, at: datetime) -> None:
    """Raise `KeyringError` if the keyring is not the one of this database, and remember its new keys; the caller holds the transaction."""
    known = {key.key_id: key.check_value for key in db.session.scalars(select(RootKey))}
    for key_id, check in known.items():
        if key_id not in keyring.fingerprints:
            raise KeyringError(
                f"Le trousseau ne contient pas la clé {key_id} (repère {check}) de cette base : ajoutez-la."
            )
        if keyring.fingerprints[key_id] != check:
            raise KeyringError(
                f"Le trousseau n’est pas celui de cette base : il faut la clé {key_id} de repère {check}."
            )
    for key_id in keyring.fingerprints.keys() - known.keys():
        db.session.add(RootKey(key_id=key_id, check_value=keyring.fingerprints[key_id], known_since=at))
