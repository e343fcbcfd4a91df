"""What Houselist's own exports look like, so that an import can take back everything. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from houselist.people.fields import PATHS
from houselist.people.rows import BadRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from houselist.people.rows import Row

# An address by the internal id, for people whose linkedinUrl is by the slug.
BY_ID = "linkedinIdUrl"
_AFTER_URL = PATHS.index("linkedinUrl") + 1
COLUMNS = ("id", *PATHS[:_AFTER_URL], BY_ID, *PATHS[_AFTER_URL:], "addedAt")
"""The columns of every export, in their order."""
# An import ignores these and makes its own.
OWN = ("id", "addedAt")
# One column for each attribute, under its own name where no other column has that.
PREFIX = "attributes."
# A JSON object of the attributes that have no column, because a file may have 500 of them.
REST = "attributes"

# Where a program may begin to read a cell: at its start, and behind what a spreadsheet set to
# another delimiter takes for the end of one. Spaces and quotes in front are passed over.
_BEGINNING = r"""(?:^|(?<=[;\t\n\r]))([ "]*)"""
# What makes the cell a formula there; the full-width forms are taken for the plain ones.
_FORMULA = r"(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])"
_GUARDED = re.compile(rf"{_BEGINNING}('+){_FORMULA}")
_DANGEROUS = re.compile(rf"{_BEGINNING}('*){_FORMULA}")


def guard(cell: str) -> str:
    """The cell with a ' in front of whatever a spreadsheet would run as a formula."""
    return _DANGEROUS.sub(r"\1\2'", cell)


def unguard(cell: str) -> str:
    """What guard() was given."""
    return _GUARDED.sub(lambda found: found[1] + found[2][1:], cell)


def is_exported(columns: Collection[str]) -> bool:
    """Whether these are the columns of an export of ours.

    One from before a field existed is read like any other file.
    """
    return len(columns) >= len(COLUMNS) and set(COLUMNS) <= set(columns)


def mapping_of(columns: Sequence[str]) -> dict[str, str]:
    """The field of each column of an export of ours that holds one."""
    fields = {**{path: path for path in PATHS}, BY_ID: "linkedinUrl"}
    return {column: fields[column] for column in columns if column in fields}


def column_of(attribute: str) -> str:
    """The column of an attribute."""
    clashes = attribute in COLUMNS or attribute == REST or attribute.startswith(PREFIX)
    return f"{PREFIX}{attribute}" if clashes else attribute


def attribute_of(column: str) -> str:
    """The attribute that a column of an export holds."""
    return column.removeprefix(PREFIX)


def unguarded(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of an export as they were before their cells were guarded."""
    for row in rows:
        if isinstance(row, BadRow):
            yield row
        else:
            yield [unguard(cell) if cell and "'" in cell else cell for cell in row]


def rest_of(cell: str) -> dict[str, str]:
    """The attributes in a cell of the column REST; none where it is no such object."""
    try:
        return msgspec.json.decode(cell, type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError):
        return {}
