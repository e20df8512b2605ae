"""Settings: one frozen dataclass read from the environment, then from instance/config.toml."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit


class ConfigError(Exception):
    """A setting that cannot be used, told in one sentence to whoever starts Elus."""


@dataclass(frozen=True)
class Settings:
    """Everything an installation may decide; each field is documented in the README."""

    instance: Path
    database_url: str
    storage_url: str
    smtp_url: str | None
    mail_from: str
    mail_reply_to: str | None
    keys: Path
    listen: str
    public_url: str
    trusted_proxies: tuple[str, ...]
    max_file_mb: int
    redis_url: str | None
    tsa_url: str | None
    staff_passkey: str
    oidc_issuer: str | None
    oidc_client_id: str
    oidc_client_secret: str
    oidc_acr: tuple[str, ...]
    oidc_name: str
    demonstration: bool

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_mb * 1_000_000

    @property
    def staff_needs_passkey(self) -> bool:
        """Whether secretariats and administrators enter by device unlock only."""
        return self.staff_passkey == "required"

    @property
    def provider_open(self) -> bool:
        """Whether one may enter through the identity provider: set, and with the `acr` values that prove two factors."""
        return bool(self.oidc_issuer and self.oidc_acr)

    @property
    def public_host(self) -> str:
        """Host and port people type, the only `Host` accepted."""
        return urlsplit(self.public_url).netloc

    @property
    def mail_domain(self) -> str:
        return self.mail_from.rpartition("@")[2].rstrip(">")

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def outbox(self) -> Path:
        return self.instance / "outbox"


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Read and verify every setting; raise `ConfigError` with one clear sentence otherwise."""
    env = os.environ if env is None else env
    instance = Path(env.get("ELUS_INSTANCE") or "instance").resolve()
    stored = _stored(instance / "config.toml")

    def value(name: str, default: str = "") -> str:
        found = env.get(f"ELUS_{name.upper()}") or stored.get(name, default)
        return ",".join(map(str, found)) if isinstance(found, list) else str(found).strip()

    demonstration = (instance / "demonstration").exists()
    public_url = _public(value("public_url", "http://localhost:8000"))
    settings = Settings(
        instance=instance,
        database_url=_database(value("database_url"), instance),
        storage_url=_url(value("storage_url", f"file:{instance}/files"), "ELUS_STORAGE_URL", ("file", "s3")),
        smtp_url=_optional(
            value("smtp_url"), lambda url: _url(url, "ELUS_SMTP_URL", ("smtp", "smtps", "smtp+starttls"))
        ),
        mail_from=_address(value("mail_from", "assemblees@portail.invalid"), "ELUS_MAIL_FROM"),
        mail_reply_to=_optional(value("mail_reply_to"), lambda text: _address(text, "ELUS_MAIL_REPLY_TO")),
        keys=Path(value("keys", str(instance / "keys.json"))).expanduser().resolve(),
        listen=_listen(value("listen", "127.0.0.1:8000")),
        public_url=public_url,
        trusted_proxies=_networks(value("trusted_proxies")),
        max_file_mb=_whole(value("max_file_mb", "200"), "ELUS_MAX_FILE_MB"),
        redis_url=_optional(value("redis_url"), lambda url: _url(url, "ELUS_REDIS_URL", ("redis", "rediss"))),
        tsa_url=_optional(value("tsa_url"), lambda url: _url(url, "ELUS_TSA_URL", ("http", "https"))),
        staff_passkey=_one_of(
            value("staff_passkey", "recommended" if demonstration else "required"),
            "ELUS_STAFF_PASSKEY",
            ("required", "recommended"),
        ),
        **_oidc(value),
        demonstration=demonstration,
    )
    if settings.demonstration:
        stay_at_home(settings)
    return settings


def _oidc(value: Callable[..., str]) -> dict[str, Any]:
    """The identity provider, if there is one."""
    issuer = _optional(value("oidc_issuer"), _issuer)
    found = {
        "oidc_issuer": issuer,
        "oidc_client_id": value("oidc_client_id"),
        "oidc_client_secret": value("oidc_client_secret"),
        "oidc_acr": tuple(part.strip() for part in value("oidc_acr").split(",") if part.strip()),
        "oidc_name": value("oidc_name", "votre fournisseur d’identité"),
    }
    if missing := [name for name in ("oidc_client_id", "oidc_client_secret") if issuer and not found[name]]:
        raise ConfigError(f"ELUS_{missing[0].upper()} : le fournisseur d’identité {issuer} en a besoin.")
    return found


def _issuer(text: str) -> str:
    """The issuer, letter for letter as the provider writes it; people and a secret go there, so https."""
    parts = _split(_url(text, "ELUS_OIDC_ISSUER", ("https", "http")), "ELUS_OIDC_ISSUER")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(f"ELUS_OIDC_ISSUER : « {_shown(text)} » doit s’arrêter au chemin.")
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ConfigError(f"ELUS_OIDC_ISSUER : « {_shown(text)} » doit commencer par https:.")
    return text


def stay_at_home(settings: Settings) -> None:
    """A demonstration has known passwords: it listens and sends on this machine only."""
    if settings.smtp_url and not is_loopback(urlsplit(settings.smtp_url).hostname or ""):
        raise ConfigError(
            f"ELUS_SMTP_URL : une démonstration n’envoie de messages qu’à cette machine, pas à « {_shown(settings.smtp_url)} »."
        )
    if not is_loopback(settings.listen.rpartition(":")[0]):
        raise ConfigError(
            f"ELUS_LISTEN : une démonstration n’écoute que sur cette machine, pas sur « {settings.listen} »."
        )


def _stored(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as wrong:
        raise ConfigError(f"Le fichier {path} ne se lit pas : {wrong}.") from wrong
    known = {name for name in Settings.__dataclass_fields__ if name not in {"instance", "demonstration"}}
    if unknown := sorted(set(stored) - known):
        raise ConfigError(f"Le fichier {path} contient un réglage inconnu : {unknown[0]}.")
    return stored


def _optional(text: str, check: Callable[[str], str]) -> str | None:
    return check(text) if text else None


def _split(text: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as wrong:
        raise ConfigError(
            f"{name} : « {_shown(text)} » n’est pas une adresse valable (dans un mot de passe, / @ : et # s’écrivent %2F %40 %3A %23)."
        ) from wrong
    return parts


def _shown(text: str) -> str:
    """An address without the password it may hold: it ends in terminals and logs."""
    return re.sub(r":.*@", "://…@", text, flags=re.DOTALL)


def _url(text: str, name: str, schemes: tuple[str, ...]) -> str:
    parts = _split(text, name)
    if parts.scheme not in schemes:
        wanted = " ou ".join(f"{scheme}:" for scheme in schemes)
        raise ConfigError(f"{name} : « {_shown(text)} » doit commencer par {wanted}.")
    if not (parts.path if parts.scheme == "file" else parts.hostname):
        raise ConfigError(f"{name} : « {_shown(text)} » est incomplet.")
    return text


def _public(text: str) -> str:
    parts = _split(_url(text, "ELUS_PUBLIC_URL", ("http", "https")), "ELUS_PUBLIC_URL")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(f"ELUS_PUBLIC_URL : « {_shown(text)} » doit s’arrêter au nom du serveur, sans chemin.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _database(text: str, instance: Path) -> str:
    if not text:
        return f"sqlite:///{instance / 'elus.sqlite'}"
    if text.startswith("postgres://"):
        text = text.replace("postgres://", "postgresql://", 1)
    scheme = _split(text, "ELUS_DATABASE_URL").scheme
    if scheme not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise ConfigError(f"ELUS_DATABASE_URL : « {scheme} » n’est pas accepté ; utilisez sqlite ou postgresql.")
    return text


def _address(text: str, name: str) -> str:
    wrong_sign = any(sign in text for sign in '\r\n\0 ,;<>"') or not text.isascii()
    if text.count("@") != 1 or wrong_sign or not all(text.split("@")):
        raise ConfigError(f"{name} : « {text} » n’est pas une adresse de messagerie.")
    return text


def _listen(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"ELUS_LISTEN : « {text} » doit s’écrire adresse:port, par exemple 127.0.0.1:8000.")
    return text


def _networks(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in names:
        try:
            network = ip_network(name, strict=False)
        except ValueError as wrong:
            raise ConfigError(f"ELUS_TRUSTED_PROXIES : « {name} » n’est pas une adresse IP.") from wrong
        if network.prefixlen == 0:
            raise ConfigError(f"ELUS_TRUSTED_PROXIES : « {name} » ferait confiance à tout le monde.")
    return names


def _one_of(text: str, name: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ConfigError(f"{name} : « {text} » doit être {' ou '.join(choices)}.")
    return text


def _whole(text: str, name: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{name} : « {text} » doit être un nombre entier positif.")
    return int(text)


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
