"""Which texts govern which organization, and the delay each one asks for."""

import enum
from dataclasses import dataclass, replace
from datetime import date, timedelta


class BodyType(enum.StrEnum):
    """The kinds of organization that the texts treat differently."""

    COMMUNE_LT_3500 = "commune_lt_3500"
    COMMUNE_GE_3500 = "commune_ge_3500"
    COMMUNE_ALSACE_MOSELLE = "commune_alsace_moselle"
    EPCI_COUNCIL = "epci_council"
    SYNDICAT_MIXTE_FERME = "syndicat_mixte_ferme"
    SYNDICAT_MIXTE_OUVERT = "syndicat_mixte_ouvert"
    EPCI_BUREAU = "epci_bureau"
    EPCI_BUREAU_DELEGATED = "epci_bureau_delegated"
    CONFERENCE_MAIRES = "conference_maires"
    COMMISSION_THEMATIQUE = "commission_thematique"
    COMMISSION_APPEL_OFFRES = "commission_appel_offres"
    CCAS = "ccas"
    CIAS = "cias"
    DEPARTEMENT = "departement"
    REGION = "region"
    CONSEIL_DEVELOPPEMENT = "conseil_developpement"
    COMITE_CONSULTATIF = "comite_consultatif"
    MUNICIPAL_COUNCILLOR_COPY = "municipal_councillor_copy"


class Count(enum.StrEnum):
    """How a text counts the time between sending and sitting."""

    FRANC = "franc"  # whole days, neither the day of sending nor that of the sitting (« jours francs »)
    DAYS = "days"  # « au moins n jours avant »: a difference of n dates
    BEFORE = "before"  # before the sitting opens, whatever the day
    NONE = "none"


@dataclass(frozen=True)
class Delay:
    """So many days, counted in one way."""

    count: Count
    needed: int = 0

    def latest(self, sits: date) -> date | None:
        """The last lawful day to send; None when no text sets one."""
        if self.count is Count.NONE:
            return None
        return sits - timedelta(days=self.needed + 1 if self.count is Count.FRANC else self.needed)

    def planned(self, sits: date) -> date | None:
        """The day to plan for: whether « n jours au moins » means clear days is disputed, so one day earlier."""
        latest = self.latest(sits)
        return latest - timedelta(days=1) if latest and self.count is Count.DAYS else latest

    def counted(self, sent: date, sits: date) -> tuple[date, ...]:
        """The days that count: those strictly between, and for « n jours avant » the day of sending too."""
        first = 0 if self.count is Count.DAYS else 1
        return tuple(sent + timedelta(days=n) for n in range(first, (sits - sent).days))


@dataclass(frozen=True)
class Regime:
    """One delay of convocation, the text that sets it, and what urgency makes of it."""

    name: str
    label: str
    article: str
    delay: Delay
    urgent: Delay | None = None  # None: no text lets urgency shorten it
    reconvened: bool = False  # the sitting replaces one that lacked its quorum (CGCT L2121-17)


def _francs(needed: int) -> Delay:
    return Delay(Count.FRANC, needed)


def _days(needed: int) -> Delay:
    return Delay(Count.DAYS, needed)


ONE_CLEAR_DAY = _francs(1)

_ALL = (
    Regime("FRANC_3", "Trois jours francs", "CGCT L2121-11", _francs(3), ONE_CLEAR_DAY),
    Regime("FRANC_5", "Cinq jours francs", "CGCT L2121-12", _francs(5), ONE_CLEAR_DAY),
    Regime(
        "FRANC_3_RECONVENED",
        "Trois jours francs, nouvelle séance faute de quorum",
        "CGCT L2121-17",
        _francs(3),
        reconvened=True,
    ),
    Regime("FRANC_3_INSTALLATION", "Trois jours francs, séance d’installation", "CGCT L2121-7", _francs(3)),
    Regime("DAYS_3", "Trois jours au moins", "CASF R123-16", _days(3)),
    Regime("DAYS_3_EVE", "Trois jours au moins", "CGCT L2541-2", _days(3), _days(1)),
    Regime("DAYS_12", "Douze jours au moins", "CGCT L3121-19, L4132-18", _days(12), ONE_CLEAR_DAY),
    Regime("BUDGET_DAYS_12", "Douze jours au moins pour le projet de budget", "CGCT L1612-26, L5217-10-4", _days(12)),
    Regime("RI_FRANC_3", "Trois jours francs par le règlement intérieur", "règlement intérieur", _francs(3)),
    Regime("RI_FRANC_5", "Cinq jours francs par le règlement intérieur", "règlement intérieur", _francs(5)),
    Regime("BEFORE_MEETING", "Copie avant la réunion", "CGCT L5211-40-2", Delay(Count.BEFORE)),
    Regime("STATUTES", "Délai fixé par les statuts", "statuts", Delay(Count.NONE)),
    Regime("NONE", "Aucun délai fixé par la loi", "", Delay(Count.NONE)),
)
REGIMES: dict[str, Regime] = {regime.name: regime for regime in _ALL}

_SITTINGS_OF_L2121 = frozenset(
    {
        BodyType.COMMUNE_LT_3500,
        BodyType.COMMUNE_GE_3500,
        BodyType.EPCI_COUNCIL,
        BodyType.EPCI_BUREAU_DELEGATED,
        BodyType.SYNDICAT_MIXTE_FERME,
    }
)
_COMMUNES = frozenset({BodyType.COMMUNE_LT_3500, BodyType.COMMUNE_GE_3500, BodyType.COMMUNE_ALSACE_MOSELLE})
_ORDINARY = {
    BodyType.COMMUNE_LT_3500: "FRANC_3",
    BodyType.COMMUNE_GE_3500: "FRANC_5",
    BodyType.EPCI_COUNCIL: "FRANC_5",
    BodyType.EPCI_BUREAU_DELEGATED: "FRANC_5",
    BodyType.SYNDICAT_MIXTE_FERME: "FRANC_5",
    BodyType.CCAS: "DAYS_3",
    BodyType.CIAS: "DAYS_3",
    BodyType.DEPARTEMENT: "DAYS_12",
    BodyType.REGION: "DAYS_12",
    BodyType.MUNICIPAL_COUNCILLOR_COPY: "BEFORE_MEETING",
}
_OWN = {"FRANC_3": "RI_FRANC_3", "FRANC_5": "RI_FRANC_5"}


def for_meeting(
    body_type: str,
    *,
    icpe: bool = False,
    reconvenes: bool = False,
    installation: bool = False,
    urgent: bool = False,
    own_rules: str | None = None,
) -> Regime:
    """The delay of one sitting (CGCT L2121-7, -11, -12, -17, L5211-1, L3121-19, L2541-2; CASF R123-16).

    `icpe` tells that an item concerns a classified installation; `own_rules` names the delay that the statutes, the
    standing orders or, in Alsace-Moselle, the size of the commune give to an organization without a single text.
    """
    kind = BodyType(body_type)
    if reconvenes and kind in _SITTINGS_OF_L2121 and not urgent:
        return REGIMES["FRANC_3_RECONVENED"]
    if installation and kind in _COMMUNES:
        return REGIMES["FRANC_3_INSTALLATION"]
    found = REGIMES[_ordinary_name(kind, own_rules, {"FRANC_3": "FRANC_5"} if icpe else {})]
    return replace(found, reconvened=True) if reconvenes and kind in _SITTINGS_OF_L2121 else found


def _ordinary_name(kind: BodyType, own_rules: str | None, lengthened: dict[str, str]) -> str:
    if own_rules is not None and own_rules not in REGIMES:
        raise ValueError(f"unknown delay {own_rules!r}")
    if kind in _ORDINARY:
        return lengthened.get(_ORDINARY[kind], _ORDINARY[kind])
    if kind is BodyType.COMMUNE_ALSACE_MOSELLE:
        return own_rules or "DAYS_3_EVE"
    if own_rules is None:
        return "STATUTES" if kind is BodyType.SYNDICAT_MIXTE_OUVERT else "NONE"
    return _OWN.get(own_rules, own_rules)
