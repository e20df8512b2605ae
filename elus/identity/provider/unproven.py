"""Why an answer of the provider proves nothing; the page has the words."""


class Unproven(Exception):
    """The code of a page ("stale", "denied", "down", "clock", "weak", "invalid") and, for the log alone, what was seen."""

    def __init__(self, code: str, seen: str = "") -> None:
        super().__init__(f"{code}: {seen}" if seen else code)
        self.code = code
