"""The rows of an uploaded workbook: from the sheet with people, or from the requested one.

The whole file is first copied to disk: spooling.py.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain, islice
from typing import IO, TYPE_CHECKING

from houselist.files.headers import find_header, header_cells, name_columns
from houselist.files.spreadsheets.choice import ONLY_FORMULAS, SAMPLE, choose, note_formulas, shown
from houselist.files.spreadsheets.kinds import open_sheets
from houselist.files.spreadsheets.links import LinkColumns
from houselist.files.spreadsheets.sheet import DAMAGED
from houselist.files.spreadsheets.spooling import make_copy
from houselist.people.rows import (
    MAX_COLUMNS,
    NO_ROWS,
    BadRow,
    Facts,
    Table,
    UnreadableFile,
    bad_row,
    fit,
    shown_text,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from houselist.files.spreadsheets.sheet import Record, Sheet
    from houselist.people.rows import Cells, Options, Row


def spreadsheet_table(blocks: Iterator[bytes], options: Options) -> Table:
    """Copies the workbook, chooses a sheet and reads it. Raises NoCopy or UnreadableFile."""
    spool = make_copy(blocks)  # the rows need it after the return
    try:
        with _damage_reported():
            choice = choose(open_sheets(spool), options.sheet)
            records = choice.sheet.records()
            header, head = _head(records, choice.sheet)
            columns, is_header = name_columns(header)
            links = LinkColumns(header if is_header else [None], head[is_header:])
    except BaseException:
        spool.close()
        raise
    rest = chain(head[is_header:], records)
    facts = Facts(sheet=shown(choice.sheet.name), notes=choice.notes)
    rows = _noting(_rows(spool, rest, len(columns), links), choice.sheet, facts)
    return Table(columns + links.names(columns), rows, facts)


def _noting(rows: Iterator[Row], sheet: Sheet, facts: Facts) -> Iterator[Row]:
    """The rows; at their end, a note about what could not be read of them."""
    yield from rows
    if sheet.unsaved.count:
        facts.notes.append(note_formulas(sheet.unsaved.count))


@contextmanager
def _damage_reported() -> Generator[None]:
    """Turns any error at a damaged part into UnreadableFile."""
    try:
        yield
    except UnreadableFile:
        raise
    except MemoryError as problem:
        raise UnreadableFile(
            "The workbook takes too much memory to read. Send it as CSV instead."
        ) from problem
    except Exception as problem:
        raise UnreadableFile(DAMAGED) from problem


def _head(records: Iterator[Record], sheet: Sheet) -> tuple[Cells, list[Record]]:
    """The names of the columns, and the sampled rows from the header on."""
    head = list(islice(records, SAMPLE))
    if not head:
        raise UnreadableFile(ONLY_FORMULAS if sheet.unsaved.count else NO_ROWS)
    cells = [record.cells for record in head]
    index = find_header(cells)
    if head[index].width > MAX_COLUMNS:
        raise UnreadableFile(
            f"The sheet has {head[index].width:,} columns; {MAX_COLUMNS} are allowed. Remove some."
        )
    return header_cells(cells, index), head[index:]


def _rows(
    spool: IO[bytes], records: Iterator[Record], width: int, links: LinkColumns
) -> Iterator[Row]:
    with spool, _damage_reported():
        for record in records:
            row = _row(record, width, links)
            if row is not None:
                yield row


def _row(record: Record, width: int, links: LinkColumns) -> Row | None:
    if record.problem:
        return bad_row(shown_text(record.cells), record.problem)
    if record.width > width:
        surplus = f"{record.width:,} cells, but the header has {width:,} columns"
        return bad_row(shown_text(record.cells), surplus)
    row = fit(links.replace(record.cells, record.links), width, "")
    if isinstance(row, BadRow):
        return bad_row(shown_text(record.cells), row.reason)
    if row is not None and links.added:
        row += links.addresses(record.links)
    return row
