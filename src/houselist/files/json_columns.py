"""Tables in JSON that are written column by column, as pandas and R do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.people.rows import MAX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_IDENTITIES = frozenset(IDENTITY_FIELDS)


def by_columns(value: Json) -> list[Json] | None:
    """The rows of {'name': ['B', 'C'], 'email': ['b@…', 'c@…']}; None for anything else.

    The lists are equally long, or objects with the same numbers as keys. One of their names tells
    who somebody is, and another one is a field too: the addresses and the telephones of one person
    may be two lists of two as well.
    """
    if not isinstance(value, dict) or not 1 < len(value) <= MAX_COLUMNS:
        return None
    fields = {*suggest_mapping([*value]).mapping.values()}
    if len(fields) < 2 or _IDENTITIES.isdisjoint(fields):
        return None
    columns = _lists(list(value.values())) or _numbered(list(value.values()))
    if columns is None or any(isinstance(cell, dict | list) for cells in columns for cell in cells):
        return None
    return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]


def _lists(parts: Sequence[Json]) -> list[list[Json]] | None:
    columns = [part for part in parts if isinstance(part, list)]
    same = len(columns) == len(parts) and len({*map(len, columns)}) == 1
    return columns if same and columns[0] else None


def _numbered(parts: Sequence[Json]) -> list[list[Json]] | None:
    columns = [part for part in parts if isinstance(part, dict)]
    if len(columns) < len(parts) or not columns[0] or not all(map(str.isdigit, columns[0])):
        return None
    # The numbers of rows are the same everywhere, if not in the same order.
    if any(column.keys() != columns[0].keys() for column in columns):
        return None
    return [[column[number] for number in columns[0]] for column in columns]
