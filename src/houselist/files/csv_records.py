"""Lines of a CSV file grouped into records and split into cells, losing no line to a stray quote.

Finding the delimiter and the header is in csv_dialect.py.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from houselist.people.rows import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

# First line, the line after the last, and the cells; None when a quote is never closed.
Record: TypeAlias = tuple[int, int, list[str] | None]

UNCLOSED = "a quotation mark is opened and never closed"


@dataclass(slots=True)
class Quotes:
    """How much text quotes that were never closed have made us read again.

    Past the limit no quote is believed to span lines, else a hostile file of such quotes would
    cost MAX_RECORD of reading for every line.
    """

    reread: int = 0
    limit: int = 64 * MAX_RECORD

    def may_span_lines(self) -> bool:
        return self.reread <= self.limit


def split_records(
    lines: Sequence[str], delimiter: str, quotes: Quotes, *, final: bool
) -> Generator[Record, None, int]:
    """Yield the records; return the index of the first line left for the next call.

    Lines are left only when the last record is not complete, not longer than MAX_RECORD and
    not `final`. Parsing is strict: in a lenient one the first quote of a later row closes a
    quote that was forgotten, and all rows between vanish into one cell. Where strict parsing
    fails, the record's first line is taken by itself, and reading goes on at the next line.
    """
    # The module's own limit of 131,072 would cut records that are merely long.
    csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_RECORD))
    start, unread = 0, iter(lines)
    while start < len(lines) and quotes.may_span_lines():
        reader = csv.reader(unread, delimiter=delimiter, strict=True, skipinitialspace=True)
        offset = start
        try:
            for cells in reader:
                end = offset + reader.line_num
                yield start, end, cells
                start = end
        except csv.Error:
            reached = offset + reader.line_num
            size = sum(map(len, lines[start:reached]))
            if reached == len(lines) and not final and size <= MAX_RECORD:
                return start
            quotes.reread += size - len(lines[start])
            yield start, start + 1, _split_alone(lines[start], delimiter)
            start += 1
            if reached > start:
                unread = iter(lines[start:])
    for index in range(start, len(lines)):
        yield index, index + 1, _split_alone(lines[index], delimiter)
    return len(lines)


def _split_alone(line: str, delimiter: str) -> list[str] | None:
    """Cells of one line read leniently ('"Jo" Smith' is fine), None if a quote stays open."""
    # An open quote makes the reader ask for a second line.
    reader = csv.reader([line, "\n"], delimiter=delimiter, skipinitialspace=True)
    cells = next(reader)
    return cells if reader.line_num == 1 else None
