"""Who may help whom back in. Pure.

Answers the helper who would gain, by taking over an account, more than what their own memberships open: alone, one must
already be of the secretariat of everything the person sits in; else two people are needed, one of them from where the
person's rights reach furthest. Nobody rescues themself, nor counts twice; an administrator's account always takes two.
Somebody who sits nowhere today is helped by two administrators together: no secretariat answers for them.
"""

import uuid
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Seat:
    """An organization in which somebody sits today, with its authority."""

    organization: uuid.UUID
    body: uuid.UUID
    group: uuid.UUID | None = None  # the authority that the body is a member of, an EPCI for a commune
    seats: int = 0  # of the largest assembly of the body


@dataclass(frozen=True)
class Target:
    """Whoever is to be helped."""

    person: uuid.UUID
    seats: frozenset[Seat] = frozenset()
    administrator: bool = False


@dataclass(frozen=True)
class Helper:
    """Whoever offers to help: the organizations of whose secretariat they are today."""

    person: uuid.UUID
    organizations: frozenset[uuid.UUID] = frozenset()
    administrator: bool = False


class Standing(StrEnum):
    """What a helper may do for a person."""

    ALONE = "alone"
    WITH_ANOTHER = "with_another"
    NOTHING = "nothing"


def standing(target: Target, helper: Helper) -> Standing:
    """Whether a helper may give a code alone, only together with somebody else, or not at all."""
    if helper.person == target.person:
        return Standing.NOTHING
    if not target.seats:
        return Standing.WITH_ANOTHER if helper.administrator else Standing.NOTHING
    theirs = {seat.organization for seat in target.seats}
    if not theirs & helper.organizations:
        return Standing.NOTHING
    if theirs <= helper.organizations and not target.administrator:
        return Standing.ALONE
    return Standing.WITH_ANOTHER


def together(target: Target, first: Helper, second: Helper) -> bool:
    """Whether two helpers may give a code together."""
    if first.person == second.person:
        return False
    if Standing.NOTHING in (standing(target, first), standing(target, second)):
        return False
    return not target.seats or from_widest(target, first) or from_widest(target, second)


def from_widest(target: Target, helper: Helper) -> bool:
    """Whether a helper is of the secretariat where the person's rights reach furthest."""
    wide = widest(target.seats)
    return any(seat.body in wide and seat.organization in helper.organizations for seat in target.seats)


def widest(seats: frozenset[Seat]) -> frozenset[uuid.UUID]:
    """The body whose rights reach furthest: a group before its communes, then the most seats; several when equal."""
    bodies = {seat.body for seat in seats}
    most = {body: max(seat.seats for seat in seats if seat.body == body) for body in bodies}
    within = {seat.body for seat in seats if seat.group in bodies}
    ranks = {body: (body not in within, most[body]) for body in bodies}
    best = max(ranks.values(), default=None)
    return frozenset(body for body, rank in ranks.items() if rank == best)
