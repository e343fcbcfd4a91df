"""Notices where a table ends and another one begins below it, as in files that were put together.

The same header again is one row that names nobody, and what is below it is read. Under another
header the cells would stand in the wrong columns, which no row would show.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.files.mapping import suggest_mapping
from houselist.people.rows import MAX_COLUMNS, BadRow, bad_row, is_title, shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from houselist.people.rows import Cells, Row, Table

_BELOW = (
    "is a second header, whose columns are not those of the first, or below it; put these rows in"
    " a file of their own"
)
_FEWEST = 2
_ADDRESS = re.compile(r"@|://|linkedin\.com/", re.IGNORECASE)
# What may divide the cells of a row that is known only as text.
_BETWEEN = re.compile(r"[,;\t|]")


def mind_second_headers(table: Table) -> None:
    """Makes bad rows of those below a header with other columns, and notes it once."""
    if len(table.columns) >= _FEWEST:
        table.rows = _minding(table.rows, tuple(table.columns), table.facts.notes)


def _minding(rows: Iterator[Row], columns: Sequence[str], notes: list[str]) -> Iterator[Row]:
    names = frozenset(columns)
    is_other = is_noted = False
    for number, row in enumerate(rows, 1):
        cells = _cells_of(row) if isinstance(row, BadRow) else row
        if not names.isdisjoint(cells) and _is_header(cells, names):
            is_other = not _is_repeated(cells, columns)
            if is_other and not is_noted:
                is_noted = True
                notes.append(
                    f"Row {number:,} is a second header, whose columns are not those of the first."
                    " It and the rows below it are invalid: put them in a file of their own."
                )
        yield _as_bad(row) if is_other else row


def _is_header(cells: Cells, names: frozenset[str]) -> bool:
    filled = [cell for cell in cells[:MAX_COLUMNS] if cell is not None]
    known = len(names.intersection(filled))
    return (
        known >= _FEWEST
        and 2 * known >= len(filled)
        and not any(_ADDRESS.search(cell) for cell in filled)
        and len({*suggest_mapping(filled).mapping.values()}) >= _FEWEST
    )


def _is_repeated(cells: Cells, columns: Sequence[str]) -> bool:
    """Whether each cell stands in the column of its name."""
    return len(cells) <= len(columns) and all(
        cell is None or is_title(cell, column) for cell, column in zip(cells, columns, strict=False)
    )


def _cells_of(row: BadRow) -> Cells:
    """Roughly the cells of a row that has too many of them."""
    return [part.strip(' "\n') or None for part in _BETWEEN.split(row.text)]


def _as_bad(row: Row) -> BadRow:
    return row if isinstance(row, BadRow) else bad_row(shown_text(row), _BELOW)
