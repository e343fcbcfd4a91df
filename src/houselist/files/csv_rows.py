"""The rows of an uploaded CSV file, whatever its delimiter, encoding and line endings."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from houselist.files.csv_dialect import find_dialect
from houselist.files.csv_records import UNCLOSED, Quotes, split_records
from houselist.files.csv_shapes import are_wrapped, as_text, is_underline, narrow, unwrap
from houselist.files.encodings import decode
from houselist.files.foreign import refuse_other_text
from houselist.files.headers import name_columns
from houselist.files.lines import Lines, line_batches
from houselist.people import exported
from houselist.people.rows import (
    BROKEN,
    MAX_CELL,
    MAX_RECORD,
    NO_OPTIONS,
    NO_ROWS,
    Facts,
    Options,
    Table,
    UnreadableFile,
    bad_row,
    drop_invisible,
    fit,
    trim,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from houselist.files.csv_dialect import Dialect
    from houselist.people.rows import Row


_FEW = 3
_ONE_COLUMN = (
    "The delimiter that you named does not divide the header row, so there is one column. Leave it"
    " out to have the delimiter found."
)


def csv_table(blocks: Iterator[bytes], options: Options = NO_OPTIONS) -> Table:
    """Reads CSV from blocks of bytes; the first block holds at least the file's first 4 KiB.

    Facts: the delimiter, and the encoding, which later text may still correct (see decode).
    """
    facts = Facts()
    batches = line_batches(decode(blocks, options, facts))
    head = next(batches, None)
    if head is None:
        raise UnreadableFile(NO_ROWS)
    if len(head.lines) < _FEW and (more := next(batches, None)):
        # The last line comes by itself if nothing ends it.
        head = Lines(head.lines + more.lines, head.broken or more.broken)
    refuse_other_text(head.lines)
    if are_wrapped(head.lines):
        head, batches = unwrap(head), map(unwrap, batches)
    dialect = find_dialect(head.lines, options.delimiter)
    if head.broken and any(BROKEN.search(cell or "") for cell in dialect.header):
        raise UnreadableFile(f"The header row is {head.broken}. Save the file in UTF-8.")
    facts.delimiter = dialect.delimiter
    if options.delimiter and len(dialect.header) == 1:
        facts.notes.append(_ONE_COLUMN)
    columns, is_header = name_columns([drop_invisible(cell) for cell in dialect.header])
    if is_header:
        lines = head.lines[dialect.lines :]
        head = Lines(lines[1:] if lines and is_underline(lines[0]) else lines, head.broken)
    rows = _rows(chain((head,), batches), dialect, len(columns))
    if exported.is_exported(columns):
        columns, rows = [exported.unguard(column) for column in columns], exported.unguarded(rows)
    return Table(columns, rows, facts)


def _rows(batches: Iterator[Lines], dialect: Dialect, width: int) -> Iterator[Row]:
    delimiter = dialect.delimiter
    quotes = Quotes()
    carried: list[str] = []
    broken = ""
    for batch in batches:
        lines = carried + batch.lines
        broken = batch.broken or broken
        rest = yield from _batch_rows(
            lines,
            broken,
            narrow(split_records(lines, delimiter, quotes, final=False), dialect.used),
            width,
        )
        carried = lines[rest:]
        broken = broken if carried else ""
    yield from _batch_rows(
        carried,
        broken,
        narrow(split_records(carried, delimiter, quotes, final=True), dialect.used),
        width,
    )


def _batch_rows(
    lines: Sequence[str],
    broken: str,
    records: Generator[tuple[int, int, list[str] | None], None, int],
    width: int,
) -> Generator[Row, None, int]:
    """Yields the rows of one batch. Returns the index of the first line that was not used.

    The path for a plain row is short on purpose: millions of rows take it.
    """
    plain = not broken and max(map(len, lines), default=0) <= MAX_CELL
    formulas = any('="' in line for line in lines)
    while True:
        try:
            start, end, cells = next(records)
        except StopIteration as stop:
            return int(stop.value)
        if formulas and cells is not None:
            cells = [as_text(cell) for cell in cells]
        if plain and cells is not None and len(cells) == width and end - start == 1:
            row = [cell.strip() or None for cell in cells]
            if row[0] is not None or any(row):
                yield row
            continue
        odd = _odd_row(cells, "".join(lines[start:end]), broken, width)
        if odd is not None:
            yield odd


def _odd_row(cells: list[str] | None, text: str, broken: str, width: int) -> Row | None:
    if broken and BROKEN.search(text):
        return bad_row(text, broken)
    if len(text) > MAX_RECORD:
        return bad_row(text, f"the row is longer than {MAX_RECORD:,} characters")
    if cells is None:
        return bad_row(text, UNCLOSED)
    return fit(trim(cells), width, text)
