"""The typesetter: typst with its own fonts, tagged PDF/A-2a and PDF/UA-1, or `CannotTypeset`."""

import json
from typing import Any, Literal

import typst

STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]


class CannotTypeset(Exception):
    """The typesetter refused, for instance a character that none of its fonts has."""


def typeset(source: bytes, data: Any) -> bytes:
    """The PDF of a typst source, which reads `data` in its inputs."""
    try:
        made: bytes = typst.compile(
            source,
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=[*STANDARDS],
            ignore_system_fonts=True,
        )
    except typst.TypstError as refused:
        raise CannotTypeset(refused.message) from refused
    except BaseException as stopped:
        # What stops typst itself is no Exception, and would stop the worker with all other convocations.
        if type(stopped).__name__ != "PanicException":
            raise
        raise CannotTypeset(str(stopped)) from None
    return made
