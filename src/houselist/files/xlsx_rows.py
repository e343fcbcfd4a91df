"""Rows of an uploaded Excel workbook: those of its first sheet that has any.

openpyxl does the reading, from a copy on disk; how a cell becomes text stands here, the
guards against hostile archives in xlsx_guard.py.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, cast

from openpyxl.reader.excel import ExcelReader

from houselist.files.headers import find_header, header_cells, name_columns
from houselist.files.tables import NO_ROWS, Table, UnreadableFile, fit
from houselist.files.xlsx_guard import refuse_bombs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.chartsheet.chartsheet import Chartsheet
    from openpyxl.packaging.relationship import Relationship
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    from houselist.files.tables import Cells, Row

_MOST_ROWS = 1_048_576  # Excel's own limit
_SAMPLE = 30
_EXACT = 10**15
_ERROR = re.compile(r"#(NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|[A-Z]+!|GETTING_DATA)")
# It warns about every odd date and unknown extension; neither concerns the rows we keep.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


class _RowsOnly(ExcelReader):
    """Chart sheets have no rows, and openpyxl would read each of them as a whole."""

    def read_chartsheet(self, sheet: Chartsheet, rel: Relationship) -> None: ...


def xlsx_table(blocks: Iterator[bytes]) -> Table:
    """Copy the workbook to disk and read its first sheet that has rows."""
    records = _records(blocks)
    head = list(islice(records, _SAMPLE))
    index = find_header(head)
    columns, is_header = name_columns(header_cells(head, index))
    return Table(columns, _rows(chain(head[index + is_header :], records), len(columns)))


def _rows(records: Iterator[Cells], width: int) -> Iterator[Row]:
    for record in records:
        row = fit(record, width, "\t".join(cell or "" for cell in record))
        if row is not None:
            yield row


def _records(blocks: Iterator[bytes]) -> Iterator[Cells]:
    """Cells of each row that is not blank, at least one; no cells after the last filled one."""
    with TemporaryFile() as spool:
        for block in blocks:
            spool.write(block)
        try:
            yield from _first_filled_sheet(_open(spool))
        except UnreadableFile:
            raise
        except Exception as problem:  # openpyxl lets through whatever a damaged part provokes
            raise UnreadableFile(
                "The workbook is damaged or was cut off on its way. "
                "Save it anew as .xlsx, or send it as CSV."
            ) from problem


def _open(spool: IO[bytes]) -> Workbook:
    refuse_bombs(spool)
    reader = _RowsOnly(spool, read_only=True, data_only=True, keep_links=False)
    reader.read()
    return reader.wb


def _first_filled_sheet(workbook: Workbook) -> Iterator[Cells]:
    """Hidden sheets come after the others."""
    sheets = cast("list[ReadOnlyWorksheet]", workbook.worksheets)
    if not sheets:
        raise UnreadableFile("The workbook has no sheet with cells.")
    for sheet in sorted(sheets, key=lambda sheet: sheet.sheet_state != "visible"):
        filled = False
        # Some exporters declare a wrong extent, beyond which cells would be left out.
        sheet.reset_dimensions()
        for number, values in enumerate(sheet.values, 1):
            if number > _MOST_ROWS:
                raise UnreadableFile(
                    f"The sheet has more than {_MOST_ROWS:,} rows. Send it as CSV instead."
                )
            cells = [_text(value) for value in values]
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                filled = True
                yield cells
        if filled:
            return
    raise UnreadableFile(NO_ROWS)


def _text(value: object) -> str | None:
    """A cell's value as text: dates in ISO 8601, whole numbers without '.0', errors None."""
    match value:
        case None:
            text = ""
        case str():
            text = value.replace("\0", "").strip()
            text = "" if _ERROR.fullmatch(text) else text
        case bool():
            text = "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _EXACT:
            text = str(int(value))
        case float():
            text = f"{value:.15g}"  # as many digits as Excel keeps
        case dt.datetime() if value.time() == dt.time():
            text = value.date().isoformat()
        case dt.datetime() | dt.time():
            text = value.isoformat(timespec="seconds")
        case _:
            text = str(value)
    return text or None
