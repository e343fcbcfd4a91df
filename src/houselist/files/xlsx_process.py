"""The process that writes one workbook: CSV on standard input, the file on standard output."""

from __future__ import annotations

import csv
import io
import sys
from typing import IO, TYPE_CHECKING, Any, TextIO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from houselist.files.writer import MAX_CELL, REFUSED
from houselist.files.writer_order import begin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from xlsxwriter.format import Format

    from houselist.files.writer_order import WriterOrder

_MAX_CSV_CELL = 16 << 20
# A cell of text is never run as it is, but it may be once somebody has edited it.
_FORMULA = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")

_SHEET = "xl/worksheets/sheet1.xml"
_DATA, _DATA_END = b"<sheetData>", b"</sheetData>"
# A third of the time that zlib's 6 takes, for a tenth more bytes.
_LEVEL = 3


class TooLongCellError(Exception):
    """A cell that no workbook can hold; the message is for people."""


def write(order: WriterOrder, rows: Iterable[list[str]], folder: str, out: BinaryIO) -> None:
    """Writes a workbook, as it is made if the order tells how many rows come.

    Else each row goes to a file in `folder` at once, and all of them into the workbook at the end:
    a cell that no workbook can hold is found before anything is written.
    """
    if order.rows is None:
        book = Workbook(out, _options(folder))
        book.use_zip64()  # where a sheet has more than 4 GiB
        _Sheet.of(book).write_rows(order, rows)
        book.close()  # it writes the file, so not after an error
    else:
        _stream(order, rows, folder, out)


def _stream(order: WriterOrder, rows: Iterable[list[str]], folder: str, out: BinaryIO) -> None:
    """A workbook's parts depend on no row, but for the sheet. So all others come from an empty one.

    XlsxWriter writes rows with what is around the sheet's data at the end. Here it writes what is
    around it first, of a sheet with an empty cell in its first and last place.
    """
    empty = io.BytesIO()
    with Workbook(empty, _options(folder)) as book:
        sheet = _Sheet.of(book)
        for place in ((0, 0), (order.rows or 0, len(order.columns) - 1)):
            sheet.write_blank(*place, None, sheet.as_text)
    with ZipFile(empty) as parts, ZipFile(out, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as target:
        for part in parts.infolist():
            if part.filename != _SHEET:
                target.writestr(part, parts.read(part), compress_type=ZIP_DEFLATED)
        before, rest = parts.read(_SHEET).split(_DATA, 1)
        after = rest[rest.index(_DATA_END) :]
        part = ZipInfo(_SHEET, parts.getinfo(_SHEET).date_time)
        part.compress_type = ZIP_DEFLATED
        with target.open(part, "w") as stream:
            stream.write(before + _DATA)
            sheet = _Sheet.of(Workbook(io.BytesIO(), _options(folder)))
            sheet.stream_rows(order, rows, stream)
            stream.write(after)


def _options(folder: str) -> dict[str, Any]:
    # Strings stay strings: no number loses its zeros, no address becomes a link.
    return {"constant_memory": True, "tmpdir": folder}


class _Sheet(Worksheet):
    """The one worksheet of a workbook, whose rows leave the memory as they come."""

    as_text: Format

    @classmethod
    def of(cls, book: Any) -> _Sheet:
        sheet: _Sheet = book.add_worksheet("People", worksheet_class=cls)
        sheet.as_text = book.add_format({"quote_prefix": True})
        sheet.freeze_panes(1, 0)
        return sheet

    def write_rows(self, order: WriterOrder, rows: Iterable[list[str]]) -> None:
        """Raises TooLongCellError."""
        for number, row in enumerate(_with_header(order, rows)):
            for column, cell in enumerate(row):
                if not cell:
                    continue
                marked = order.guarded and cell[0] in _FORMULA
                if self.write_string(number, column, cell, self.as_text if marked else None):
                    size = len(cell.encode("utf-16-le")) // 2  # as Excel counts
                    raise TooLongCellError(_too_long(order.columns[column], number, size))

    def stream_rows(self, order: WriterOrder, rows: Iterable[list[str]], stream: IO[bytes]) -> None:
        """Writes the rows as the XML that they are in a sheet."""
        cast("TextIO", self.row_data_fh).close()  # the file that they would go to
        self.fh = io.TextIOWrapper(cast("BinaryIO", stream), encoding="utf-8")
        self.write_rows(order, rows)
        self._write_single_row()  # each is written when the next begins, but for the last
        self.fh.flush()
        self.fh.detach()


def _with_header(order: WriterOrder, rows: Iterable[list[str]]) -> Iterator[list[str]]:
    yield order.columns
    yield from rows


def _too_long(column: str, number: int, size: int) -> str:
    name = column if len(column) <= 100 else f"{column[:100]}…"
    return (
        f"person {number:,} has {size:,} characters in {name}, and a cell of a workbook holds"
        f" {MAX_CELL:,} at most; ask for csv, or leave that column out with fields"
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
