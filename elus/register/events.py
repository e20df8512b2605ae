"""The closed list of events and of the facts each may carry: no name, address, title or free text (evidence without personal data)."""

from typing import Any

FACTS: dict[str, frozenset[str]] = {
    "convocation_published": frozenset(
        {"version", "kind", "leaves", "manifest", "docs", "recipients", "regime", "lawful", "author", "operator"}
    ),
    "convocation_sealed": frozenset({"version", "doc"}),
    "mail_queued": frozenset({"version", "message", "address", "purpose"}),
    "smtp_accepted": frozenset(
        {"version", "message", "code", "enhanced", "text", "queue", "relay", "tls", "sent", "purpose"}
    ),
    "smtp_deferred": frozenset({"version", "message", "code", "enhanced", "text", "relay", "next", "purpose"}),
    "smtp_refused": frozenset({"version", "message", "code", "enhanced", "text", "relay", "purpose"}),
    "smtp_unknown": frozenset({"version", "message", "point", "relay", "purpose"}),
    "outbox_written": frozenset({"version", "message", "purpose"}),
    "convocation_opened": frozenset({"version", "session", "factor"}),
    "document_served": frozenset({"doc", "session", "size"}),
    "acknowledged": frozenset({"version", "level", "sentence", "session"}),
    "answered": frozenset({"choice", "session"}),
    "paper_handed": frozenset({"version", "on", "reference"}),
    "superseded": frozenset({"version", "by"}),
    "withdrawn": frozenset({"version"}),
}
"""`session`, `address`, `text`, `reference`, `manifest`, `recipients`… are hashes, salted commitments or codes, never the thing itself."""


def check(type: str, facts: dict[str, Any]) -> None:
    """Refuse an event or a fact that the closed schema does not know."""
    if type not in FACTS:
        raise ValueError(f"the register has no event « {type} »")
    if unknown := set(facts) - FACTS[type]:
        raise ValueError(f"« {type} » carries no {sorted(unknown)}")
