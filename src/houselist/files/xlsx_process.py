"""The process that writes one workbook: CSV on standard input, the file on standard output."""

from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

from houselist.files.writer import REFUSED
from houselist.files.writer_order import begin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from houselist.files.writer_order import WriterOrder

# What Excel takes: it cuts longer cells short.
_MAX_CELL = 32_767
_MAX_CSV_CELL = 16 << 20
# A cell of text is never run as it is, but it may be once somebody has edited it.
_FORMULA = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


class TooLongCellError(Exception):
    """A cell that no workbook can hold; the message is for people."""


def write(order: WriterOrder, rows: Iterable[list[str]], folder: str, out: BinaryIO) -> None:
    """Each row goes to a file in `folder` at once, and all of them into the workbook at the end."""
    # Strings stay strings: no number loses its zeros, no address becomes a link.
    book: Any = Workbook(out, {"constant_memory": True, "tmpdir": folder})
    book.use_zip64()  # where a sheet has more than 4 GiB
    sheet = book.add_worksheet("People")
    as_text = book.add_format({"quote_prefix": True})
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(_with_header(order, rows)):
        for column, cell in enumerate(row):
            if not cell:
                continue
            if len(cell) > _MAX_CELL:
                raise TooLongCellError(_too_long(order.columns[column], number, len(cell)))
            marked = order.guarded and cell[0] in _FORMULA
            sheet.write_string(number, column, cell, as_text if marked else None)
    book.close()


def _with_header(order: WriterOrder, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    yield order.columns
    yield from rows


def _too_long(column: str, number: int, size: int) -> str:
    name = column if len(column) <= 100 else f"{column[:100]}…"
    return (
        f"person {number:,} has {size:,} characters in {name}, and a cell of a workbook holds"
        f" {_MAX_CELL:,} at most; ask for csv, or leave that column out with fields"
    )


def main() -> None:
    """Writes one file. The argument is a folder for what is not in memory."""
    order = begin()
    csv.field_size_limit(_MAX_CSV_CELL)
    rows = csv.reader(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline=""))
    try:
        write(order, rows, sys.argv[1], sys.stdout.buffer)
    except TooLongCellError as error:
        sys.stderr.write(str(error))
        sys.exit(REFUSED)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
