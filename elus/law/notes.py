"""When an item must come with an explanatory note."""

from elus.law.regimes import BodyType

FROM_POPULATION = 3_500

_ALWAYS = frozenset(
    {
        BodyType.COMMUNE_GE_3500,
        BodyType.EPCI_COUNCIL,
        BodyType.EPCI_BUREAU_DELEGATED,
        BodyType.SYNDICAT_MIXTE_FERME,
        BodyType.DEPARTEMENT,  # a report on each matter (CGCT L3121-19)
        BodyType.REGION,  # the same (CGCT L4132-18)
    }
)
_FROM_3500 = frozenset({BodyType.CCAS, BodyType.CIAS, BodyType.COMMUNE_ALSACE_MOSELLE})


def note_required(body_type: str, votes: bool, *, icpe: bool = False, population: int = 0) -> bool:
    """Whether an item needs its « note explicative de synthèse » (CGCT L2121-12, L5211-1; CASF R123-16).

    One for each item put to the vote, elections included; in a small commune, for the whole agenda as soon as one item
    concerns a classified installation (`icpe`). `population` only counts for a CCAS, a CIAS or Alsace-Moselle.
    """
    if not votes:
        return False
    kind = BodyType(body_type)
    if kind in _FROM_3500:
        return population >= FROM_POPULATION
    return kind in _ALWAYS or (kind is BodyType.COMMUNE_LT_3500 and icpe)
