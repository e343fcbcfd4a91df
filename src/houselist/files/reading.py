"""Reads an uploaded file: takes a stream of bytes and its format, returns a Table.

Each format has a module of its own.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

from houselist.files.csv_rows import csv_table
from houselist.files.foreign import foreign_kind, text_start
from houselist.files.messages import Format
from houselist.files.ndjson_rows import ndjson_table
from houselist.files.second_headers import mind_second_headers
from houselist.files.spreadsheets.kinds import ADVICE, OLE, ZIP, refuse_text
from houselist.files.spreadsheets.table import spreadsheet_table
from houselist.people.rows import NO_OPTIONS, BadRow, Options, Row, Table, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BadRow", "Format", "Options", "Row", "Table", "UnreadableFile", "read_table"]
_BLOCK = 256 * 1024
_JSON = (b'{"', b'[{"')
_ADVICE = {
    "csv": "Send CSV text; an Excel file must be sent as xlsx, NDJSON as ndjson.",
    "ndjson": "Send NDJSON: text with one JSON object per line.",
    "spreadsheet": ADVICE,
}


class Readable(Protocol):
    """The part of a byte stream that reading a file needs."""

    def read(self, size: int, /) -> bytes: ...


def read_table(
    stream: Readable,
    format: Format,
    options: Options = NO_OPTIONS,
) -> Table:
    """Reads a file front to back with read(n), no more than needed at a time.

    The columns are known on return; the rows are read as they are consumed (see Table). Raises
    UnreadableFile, and so may the rows. Any spreadsheet is first copied to a temporary file (see
    spreadsheets/).
    """
    blocks = _blocks(stream)
    first = next(blocks, b"")
    if not first:
        raise UnreadableFile("The file is empty.")
    _refuse_foreign(first, format)
    blocks = chain((first,), blocks)
    if format == "ndjson":
        return ndjson_table(blocks, options)
    read = csv_table if format == "csv" else spreadsheet_table
    table = read(blocks, options)
    mind_second_headers(table)
    return table


def _blocks(stream: Readable) -> Iterator[bytes]:
    """Blocks of equal size, the last one shorter, even if a pipe yields little at a time."""
    while True:
        parts: list[bytes] = []
        missing = _BLOCK
        while missing and (part := stream.read(missing)):
            parts.append(part)
            missing -= len(part)
        if parts:
            yield b"".join(parts)
        if missing:
            return


def _refuse_foreign(first: bytes, format: Format) -> None:
    if format == "spreadsheet":
        if first.startswith((ZIP, OLE)):
            return
        refuse_text(first)
    kind = foreign_kind(first)
    if kind is None and format != "ndjson" and _is_json(first):
        kind = "JSON"
    if kind is None and format == "spreadsheet":
        kind = "not an Excel workbook"
    if kind:
        raise UnreadableFile(f"The file is {kind}. {_ADVICE[format]}")


def _is_json(first: bytes) -> bool:
    return b"".join(text_start(first).split()).startswith(_JSON)
