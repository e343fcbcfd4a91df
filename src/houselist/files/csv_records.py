"""Groups the lines of a CSV file into records and splits them; a stray quote loses no line.

csv_dialect.py finds the delimiter and the header.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from houselist.people.rows import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

# First line, the line after the last, and the cells; None if a quote is never closed.
Record: TypeAlias = tuple[int, int, list[str] | None]

UNCLOSED = "a quotation mark is opened and never closed"


@dataclass(slots=True)
class Quotes:
    """How much text was read a second time because of unclosed quotes.

    Above the limit, quotes may no longer span lines. Otherwise a hostile file full of such quotes
    would cost MAX_RECORD of reading for every line.
    """

    reread: int = 0
    limit: int = 64 * MAX_RECORD

    def may_span_lines(self) -> bool:
        return self.reread <= self.limit


def split_records(
    lines: Sequence[str], delimiter: str, quotes: Quotes, *, final: bool
) -> Generator[Record, None, int]:
    """Yields the records. Returns the index of the first line that is left for the next call.

    Lines are left only if the last record is incomplete, not longer than MAX_RECORD and not
    `final`. Parsing is strict: lenient parsing would let a later row's first quote close a
    forgotten one, and all rows between would vanish into one cell. If strict parsing fails, the
    record's first line is taken by itself, and reading goes on at the next line.
    """
    # The csv module's own limit of 131,072 would reject records that are merely long.
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
    """The cells of one line parsed leniently ('"Jo" Smith' is fine), or None for an open quote."""
    # An open quote makes the reader ask for a second line.
    reader = csv.reader([line, "\n"], delimiter=delimiter, skipinitialspace=True)
    cells = next(reader)
    return cells if reader.line_num == 1 else None
