"""`elus doctor`: each thing an installation needs, tried for real and told in one line."""

import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from sqlalchemy import func, select, text

from elus.config import Settings
from elus.kernel import blobs, journal
from elus.kernel import text as french
from elus.kernel.db import SAFE_WAL, db, sqlite_module
from elus.kernel.outbox import MailDown, probe
from elus.kernel.outbox.relay import relay_of
from elus.kernel.storage import StorageFull, StorageUnavailable, stored_bytes
from elus.ops import schema
from elus.register.models import Event

ENOUGH_DISK = 2_000_000_000  # bytes


@dataclass(frozen=True)
class Finding:
    """One check."""

    subject: str
    ok: bool
    said: str


def examine(settings: Settings, *, at: datetime, recipient: str | None = None) -> list[Finding]:
    """Run every check; none stops the others."""
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("Réglages", lambda: (True, f"dossier {settings.instance}, adresse {settings.public_url}")),
        ("Clés", lambda: _keys(settings)),
        ("Base", _database),
        ("SQLite", _sqlite),
        ("Fichiers", _files),
        ("Journal", _journal),
        ("Disque", lambda: _disk(settings)),
        ("Messagerie", lambda: _mail(settings, at, recipient)),
        ("Horloge", lambda: _clock(at)),
        ("Fournisseur d’identité", lambda: _provider(settings)),
    ]
    return [_tried(subject, check) for subject, check in checks]


def _tried(subject: str, check: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        ok, said = check()
    except Exception as wrong:  # a check that breaks is a finding, not the end of the others
        return Finding(subject, False, f"la vérification a échoué ({type(wrong).__name__} : {wrong})")
    return Finding(subject, ok, said)


def _keys(settings: Settings) -> tuple[bool, str]:
    mode = settings.keys.stat().st_mode & 0o077
    if mode:
        return False, f"{settings.keys} est lisible par d’autres que le portail : chmod 600"
    near = settings.keys.is_relative_to(settings.instance)
    return settings.demonstration or not near, f"trousseau {blobs.keyring().fingerprint()}" + (
        ", à côté des données : placez-le ailleurs (ELUS_KEYS)" if near else ""
    )


def _database() -> tuple[bool, str]:
    db.session.execute(text("SELECT 1"))
    now, head = schema.current_revision(), schema.head_revision()
    return now == head, f"{db.engine.dialect.name}, révision {now}" + (
        "" if now == head else f" au lieu de {head} : elus migrate"
    )


def _sqlite() -> tuple[bool, str]:
    if db.engine.dialect.name != "sqlite":
        return True, "non utilisé"
    version = sqlite_module().sqlite_version_info
    journal = db.session.execute(text("PRAGMA journal_mode")).scalar()
    return True, f"{'.'.join(map(str, version))}, journal {journal}" + (
        "" if version >= SAFE_WAL else " (ancienne : WAL évité)"
    )


def _files() -> tuple[bool, str]:
    key, content = f"essai/{uuid.uuid4().hex}", os.urandom(1024)
    try:
        blobs.storage().write(key, [content])
        right = b"".join(stored_bytes(blobs.storage(), key)) == content
        blobs.storage().delete(key)
    except (StorageFull, StorageUnavailable) as wrong:
        return False, f"le stockage n’écrit pas ({type(wrong).__name__})"
    damaged = db.session.scalar(select(func.count()).where(blobs.Blob.damaged_at.is_not(None))) or 0
    return right and not damaged, "écriture, lecture et effacement réussis" + (
        f" ; {damaged} fichier(s) altéré(s)" if damaged else ""
    )


def _journal() -> tuple[bool, str]:
    """The database refuses to rewrite the journal and the register; on PostgreSQL the application's role may not either."""
    if not journal.protected():
        return (
            False,
            "ses déclencheurs manquent : les lignes peuvent être changées (elus migrate, puis une sauvegarde sûre)",
        )
    if db.engine.dialect.name != "postgresql":
        return True, "les lignes ne se changent pas, et ne s’effacent pas avant douze mois"
    may = "SELECT has_table_privilege('journal_entry', 'UPDATE') OR has_table_privilege('register_event', 'UPDATE, DELETE')"
    loose = db.session.scalar(text(may))
    return True, "les lignes ne se changent pas" + (
        ", mais le rôle du portail possède les tables : voir deploy/postgresql.sql"
        if loose
        else ", même par le portail"
    )


def _disk(settings: Settings) -> tuple[bool, str]:
    free = shutil.disk_usage(settings.instance).free
    return free > ENOUGH_DISK, f"{french.size(free)} libres"


def _mail(settings: Settings, at: datetime, recipient: str | None) -> tuple[bool, str]:
    if settings.smtp_url is None:
        said = "aucune (ELUS_SMTP_URL) : " + (
            "écrite dans outbox" if settings.demonstration else "on ne peut pas publier"
        )
        return settings.demonstration, said
    try:
        return True, _test_message(settings, at, recipient) if recipient else probe(settings, at=at)
    except MailDown as down:
        return False, f"le serveur ne répond pas ({down})"


def _test_message(settings: Settings, at: datetime, recipient: str) -> str:
    """Hand one message to the server and repeat its answer."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, recipient, "Essai du Portail Élus"
    message["Date"], message["Message-ID"] = at, make_msgid(domain=settings.mail_domain)
    message.set_content("Ce message vérifie que le Portail Élus peut envoyer des courriels.\n")
    relay = relay_of(settings, timeout=30, now=lambda: at)
    relay.open()
    try:
        outcome = relay.hand_over(str(message["Message-ID"]), recipient, [message.as_bytes(policy=SMTP)])
    finally:
        relay.close()
    return f"{relay.name} : {outcome.code or ''} {outcome.text or outcome.kind}"


def _clock(at: datetime) -> tuple[bool, str]:
    """The clock must not be behind what the register already holds."""
    latest = db.session.scalar(select(func.max(Event.at)))
    zone = os.environ.get("TZ") or "celui du système"
    if latest is not None and latest > at:
        return False, f"l’horloge retarde : le registre a une entrée de {french.moment(latest)}"
    return True, f"{french.moment(at)} (fuseau : {zone})"


def _provider(settings: Settings) -> tuple[bool, str]:
    """The door of the identity provider: its settings, then what it really answers."""
    if settings.oidc_issuer is None:
        return True, "aucun (ELUS_OIDC_ISSUER)"
    if not settings.oidc_acr:
        return False, "ELUS_OIDC_ACR est vide : l’entrée par ce fournisseur reste fermée"
    from elus.identity.provider import client, discovery  # here: only an installation with a provider loads Authlib
    from elus.identity.provider.unproven import Unproven

    discovery.forget()
    try:
        found = discovery.discover(settings)
        number = len(discovery.keys(found))
    except Unproven as wrong:
        return False, f"{settings.oidc_issuer} ne répond pas comme attendu ({wrong})"
    pkce = "" if found.pkce else " ; il n’annonce pas PKCE S256"
    return (
        True,
        f"{settings.oidc_name} : {french.plural(number, 'clé')}, retour à déclarer : {client.return_url(settings)}{pkce}",
    )
