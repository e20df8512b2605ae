"""Plainly fictional people: names drawn with a seed, reserved addresses, telephone numbers kept for fiction (ARCEP)."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from elus.demo.days import ident
from elus.organizations.models import Body, Person

SEED = 200041333
DOMAIN = "parthenay-gatine.invalid"  # RFC 2606: never delivered anywhere
WOMAN, MAN = "Mme", "M."


def slug(text: str) -> str:
    """Lower-case ASCII letters, figures and dashes."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


class Names:
    """Draws people, each name once."""

    def __init__(self) -> None:
        from faker import Faker  # here: a real installation needs no generator of people

        self._faker: Any = Faker("fr_FR")
        self._faker.seed_instance(SEED)
        self._taken: set[str] = set()
        self._count = 0

    def person(self, civility: str, commune: Body | None) -> Person:
        """Somebody new, living in a commune."""
        first_name, last_name, address = self._free(civility)
        self._count += 1
        street = self._faker.street_name()
        return Person(
            id=ident("person", self._count),
            civility=civility,
            first_name=first_name,
            last_name=last_name,
            email=f"{address}@{DOMAIN}",
            phone=f"06 39 98 {self._count // 100:02d} {self._count % 100:02d}",
            address=f"{self._count % 40 + 1} {street}, {commune.address.rpartition(', ')[2]}" if commune else None,
            commune_id=commune.id if commune else None,
        )

    def _free(self, civility: str) -> tuple[str, str, str]:
        first: Callable[[], str] = self._faker.first_name_female if civility == WOMAN else self._faker.first_name_male
        while True:
            first_name, last_name = first(), self._faker.last_name()
            address = f"{slug(first_name)}.{slug(last_name)}"
            if address not in self._taken:
                self._taken.add(address)
                return first_name, last_name, address
