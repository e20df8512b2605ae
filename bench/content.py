"""What the measured meeting holds: 25 items and 60 papers of ordinary lengths."""

from dataclasses import dataclass

SUBJECTS = (
    "Approbation du procès-verbal de la séance précédente",
    "Tarifs du service public de l’eau potable pour l’année à venir",
    "Budget annexe de l’assainissement : décision modificative",
    "Attribution du marché de collecte des déchets ménagers",
    "Subventions aux associations culturelles et sportives",
    "Révision du plan local d’urbanisme intercommunal",
    "Création de deux emplois permanents au service des eaux",
    "Convention de mutualisation avec les communes membres",
    "Rapport annuel sur le prix et la qualité du service",
    "Acquisition foncière pour la zone d’activités",
)
SUMMARY = (
    "L’assemblée est appelée à se prononcer sur les conditions proposées par la commission.\n"
    "Le montant est inscrit au budget de l’exercice ; la dépense sera imputée au chapitre prévu.\n"
    "Les pièces jointes donnent le détail des calculs et l’avis du service."
)
PAPERS = ("Note de synthèse", "Projet de délibération", "Annexe technique")
MEBI = 1024 * 1024


@dataclass(frozen=True)
class Item:
    """One item and the titles of its papers."""

    title: str
    summary: str
    rapporteur: str
    papers: tuple[str, ...]


def agenda() -> list[Item]:
    """25 items, 60 papers."""
    return [
        Item(
            title=f"{SUBJECTS[n % len(SUBJECTS)]} ({n + 1})",
            summary=SUMMARY,
            rapporteur=f"Camille Fictive {n + 1}",
            papers=tuple(f"{name} du point {n + 1}" for name in PAPERS[: 3 if n < 10 else 2]),
        )
        for n in range(25)
    ]


def pdf(size: int, seed: bytes) -> list[bytes]:
    """A right PDF of one page whose attached stream makes it weigh about `size` bytes, in pieces."""
    block = (seed * (MEBI // len(seed) + 1))[:MEBI]
    head = (
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
        b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
        b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
        b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Contents 4 0 R>>\nendobj\n"
        b"4 0 obj\n<</Length 2>>\nstream\nq\n\nendstream\nendobj\n"
    )
    places = [head.index(b"%d 0 obj" % number) for number in range(1, 5)]
    places.append(len(head))
    head += b"5 0 obj\n<</Length %d>>\nstream\n" % size
    tail = b"\nendstream\nendobj\n"
    table = len(head) + size + len(tail)
    tail += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    tail += b"trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table
    return [head, *([block] * (size // MEBI)), block[: size % MEBI], tail]
