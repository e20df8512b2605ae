"""Rows as the driver gives them: they make the key under which their meaning is kept, so that known rows are never converted twice."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Label, type_coerce
from sqlalchemy.types import NullType, TypeEngine

from elus.kernel.db import db

Raw = tuple[tuple[Any, ...], ...]


def raw(columns: Sequence[Any]) -> list[Label[Any]]:
    """The columns to select."""
    return [type_coerce(column, NullType()).label(f"c{n}") for n, column in enumerate(columns)]


def converted(columns: Sequence[Any], rows: Raw) -> Iterable[tuple[Any, ...]]:
    """The values of such rows, as the types of the columns would have given them."""
    convert = [_converter(column.type) for column in columns]
    return (tuple(change(value) for change, value in zip(convert, row, strict=True)) for row in rows)


def _converter(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    dialect = db.engine.dialect
    process = kind.dialect_impl(dialect).result_processor(dialect, None)
    return process or (lambda value: value)
