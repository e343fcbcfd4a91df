"""The sheets of a workbook in Excel's binary formats (.xls, .xlsb), read by the calamine library.

Calamine is written in Rust and reads a whole sheet at once, so only the limits of the process that
it runs in bound what it takes.
"""

from __future__ import annotations

from functools import partial
from typing import IO, TYPE_CHECKING

from python_calamine import (
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from houselist.files.spreadsheets.markup import check_sheets
from houselist.files.spreadsheets.sheet import DAMAGED, MAX_SHEET_COLUMNS, RowBuilder, Sheet
from houselist.files.spreadsheets.values import value_text
from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from houselist.files.spreadsheets.sheet import Record

    _T = TypeVar("_T")


def binary_sheets(spool: IO[bytes]) -> list[Sheet]:
    """Raises UnreadableFile."""
    spool.seek(0)
    book = _read(lambda: CalamineWorkbook.from_filelike(spool))
    found = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    check_sheets(len(found))
    return [
        Sheet(
            sheet.name,
            sheet.visible != SheetVisibleEnum.Visible,
            partial(_records, book, sheet.name),
        )
        for sheet in found
    ]


def _records(book: CalamineWorkbook, name: str) -> Iterator[Record]:
    sheet = _read(lambda: book.get_sheet_by_name(name))
    if sheet.start is None:
        return
    first = sheet.start[1]
    if first + sheet.width > MAX_SHEET_COLUMNS:
        raise UnreadableFile(DAMAGED)
    row = RowBuilder()
    rows = _read(sheet.iter_rows)
    while (values := _read(lambda: next(rows, None))) is not None:
        for column, value in enumerate(values, first):
            if value != "":
                text = value_text(value)
                if text is not None:
                    row.put(column, text)
        record = row.take()
        if record is not None:
            yield record


def _read(step: Callable[[], _T]) -> _T:
    """The result of a library call; its failures become UnreadableFile."""
    try:
        return step()
    except PasswordError as problem:
        raise UnreadableFile("The workbook has a password. Save it without one.") from problem
    except (KeyboardInterrupt, SystemExit, UnreadableFile):
        raise
    except BaseException as problem:
        raise UnreadableFile(DAMAGED) from problem
