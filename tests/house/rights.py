"""The table of doors as people read it: `python -m tests.house.rights` writes it into docs/droits.md."""

from pathlib import Path

from tests.house.doors import PEOPLE, STATES, UNPROVEN
from tests.house.test_doors import DOORS, Door

PAGE = Path(__file__).parents[2] / "docs" / "droits.md"
BEGIN, END = "<!-- portes -->", "<!-- /portes -->"
NAMES = {
    "stranger": "inconnu",
    "halfway": "mot de passe seul",
    "enrolling": "invitation commencée",
    "rescued": "dépannage commencé",
    "outsider": "élu d’une autre assemblée",
    "informed": "conseiller informé",
    "former": "ancien élu",
    "other_secretary": "secrétariat d’une autre assemblée",
    "administrator": "administrateur",
    "member": "titulaire",
    "substitute": "suppléant",
    "secretary": "secrétariat",
}
MOMENTS = {"draft": "préparée", "announced": "annoncée", "published": "publiée"}


def table() -> str:
    """One line a door: who is let in, in each state of the meeting."""
    lines = ["| porte | acte | ouverte à |", "|---|---|---|"]
    for door in sorted(DOORS, key=lambda door: (door.path, door.method)):
        path = door.path.split("?")[0].replace("{", "‹").replace("}", "›")
        lines.append(f"| `{path}` | {'lire' if door.method == 'GET' else 'agir'} | {_opened(door)} |")
    return "\n".join(lines)


def _opened(door: Door) -> str:
    each = {state: _people(door, state) for state in STATES}
    if len(set(each.values())) == 1:
        return each["published"] or "personne"
    return " ; ".join(f"{MOMENTS[state]} : {people}" for state, people in each.items() if people)


def _people(door: Door, state: str) -> str:
    """Those who are answered, a polite refusal of the form included; a redirection to the sign-in page lets nobody in."""
    let_in = [who for who in PEOPLE if who in door.opens[state] and door.opens[state][who] != 404]
    if len(let_in) == len(PEOPLE):
        return "tout le monde"
    connected = [who for who in PEOPLE if who not in UNPROVEN]
    if set(connected) <= set(let_in):
        others = [NAMES[who] for who in let_in if who in UNPROVEN]
        return ", ".join(["toute personne connectée", *others])
    return ", ".join(NAMES[who] for who in let_in)


def main() -> None:
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
