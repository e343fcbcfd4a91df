"""The sheets of an OpenDocument spreadsheet (.ods), which are all in one part of the archive.

Element and attribute names are those of OpenDocument 1.3, part 3, chapters 9 and 19.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING

from houselist.files.spreadsheets import sheet as limits
from houselist.files.spreadsheets.links import formula_target, formula_text, useful_target
from houselist.files.spreadsheets.markup import MAX_DEPTH, check_sheets, parse, too_deep
from houselist.files.spreadsheets.sheet import RowBuilder, Sheet, too_many_rows
from houselist.files.spreadsheets.values import iso_text, number_text, plain_text, value_text
from houselist.people.rows import MAX_CELL, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from houselist.files.spreadsheets.package import Package
    from houselist.files.spreadsheets.sheet import Record

CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_MAX_CONTENT = 8 * 1024**3
_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE, _STYLE = (
    f"{_URN}{name}:1.0 " for name in ("table", "text", "office", "style")
)
_HREF = "http://www.w3.org/1999/xlink href"
_ERROR_TYPES = ("urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type",)
_CELL = _TABLE + "table-cell"
# Cells that a merged cell covers are invisible.
_COVERED = _TABLE + "covered-table-cell"
# What is inside a cell but not part of its text: notes, drawings with tables of their own, ruby.
_SKIPPED = {_OFFICE + "annotation", _TABLE + "shapes", _TEXT + "ruby-text", _TEXT + "note"}
_DRAWING = f"{_URN}drawing:1.0 "
_NUMBERS = {"float", "percentage", "currency"}
_DURATION = re.compile(
    r"(-?)P(?:([0-9]{1,6})D)?T([0-9]{1,7})H([0-9]{1,2})M([0-9]{1,2})(?:[.,][0-9]{1,12})?S"
)


def is_encrypted(package: Package) -> bool:
    """LibreOffice encrypts each part, or all parts together; the list of parts shows it."""
    names = {name for name, _ in package.elements(_MANIFEST)}
    return "encryption-data" in names or "encrypted-package" in package


def ods_sheets(package: Package) -> list[Sheet]:
    """Raises UnreadableFile."""
    if is_encrypted(package):
        raise UnreadableFile("The workbook has a password. Save it without one.")
    reader = _Reader(wanted=None)
    with package.open(CONTENT, _MAX_CONTENT) as part:
        for _ in parse(part, reader, namespaces=True):
            pass
    return [
        Sheet(name, style in reader.hidden, partial(_records, package, index))
        for index, (name, style) in enumerate(reader.sheets)
    ]


def _records(package: Package, wanted: int) -> Iterator[Record]:
    reader = _Reader(wanted)
    with package.open(CONTENT, _MAX_CONTENT) as part:
        for _ in parse(part, reader, namespaces=True):
            for record, count in reader.records:
                yield from repeat(record, count)
            reader.records.clear()
            if len(reader.sheets) > wanted + 1:
                return


class _Reader:
    """Names the sheets, and reads the rows of the wanted one."""

    def __init__(self, wanted: int | None) -> None:
        self.sheets: list[tuple[str, str]] = []  # name and style
        self.hidden: set[str] = set()
        self.records: list[tuple[Record, int]] = []
        self._wanted = wanted
        self._depth = 0
        self._skipped_at = 0
        self._style = ""
        self._table_at = 0
        self._reads = False
        self._row = RowBuilder()
        self._number = 0
        self._repeated = 1
        self._column = 0
        self._cell: dict[str, str] | None = None
        self._in_paragraph = False
        self._text = ""
        self._link: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep()
        if self._skipped_at:
            return
        if not self._reads:
            self._outside(name, attributes)
        elif name == _CELL:
            self._cell = attributes
            self._text = ""
            self._link = None
        elif name == _TABLE + "table-row":
            self._column = 0
            self._repeated = _count(attributes, "number-rows-repeated")
        elif name == _COVERED:
            self._column += _count(attributes, "number-columns-repeated")
            self._skipped_at = self._depth
        elif name in _SKIPPED or name == _TABLE + "table" or name.startswith(_DRAWING):
            self._skipped_at = self._depth
        elif self._cell is not None:
            self._within_cell(name, attributes)

    def _outside(self, name: str, attributes: dict[str, str]) -> None:
        if name == _STYLE + "style":
            self._style = attributes.get(_STYLE + "name", "")
        elif name == _STYLE + "table-properties":
            if attributes.get(_TABLE + "display") == "false":
                self.hidden.add(self._style)
        elif name in _SKIPPED or name.startswith(_DRAWING):
            self._skipped_at = self._depth
        elif name == _TABLE + "table" and not self._table_at:
            style = attributes.get(_TABLE + "style-name", "")
            self.sheets.append((attributes.get(_TABLE + "name", ""), style))
            check_sheets(len(self.sheets))
            self._table_at = self._depth
            self._reads = len(self.sheets) - 1 == self._wanted

    def _within_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == _TEXT + "p":
            self._in_paragraph = True
            if self._text:
                self.data("\n")
        elif name == _TEXT + "s":
            self.data(" " * min(_count(attributes, "c", _TEXT), MAX_CELL))
        elif name == _TEXT + "tab":
            self.data("\t")
        elif name == _TEXT + "line-break":
            self.data("\n")
        elif name == _TEXT + "a" and not self._link:
            self._link = useful_target(attributes.get(_HREF, ""))

    def end(self, name: str) -> None:
        depth = self._depth
        self._depth -= 1
        if self._skipped_at:
            if depth == self._skipped_at:
                self._skipped_at = 0
        elif depth == self._table_at:
            self._table_at = 0
            self._reads = False
        elif self._reads and name == _CELL:
            self._end_cell()
        elif self._reads and name == _TABLE + "table-row":
            self._end_row()
        elif name == _TEXT + "p":
            self._in_paragraph = False

    def data(self, data: str) -> None:
        if self._in_paragraph and not self._skipped_at and len(self._text) <= MAX_CELL:
            self._text += data

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        count = _count(cell, "number-columns-repeated")
        value = _value(cell, self._text)
        formula = cell.get(_TABLE + "formula", "")
        if value is None and formula and (shown := formula_text(formula)):
            value = plain_text(shown)
        if value is not None:
            link = formula_target(formula) or self._link
            self._row.put(self._column, value, count)
            if link:
                self._row.link(self._column, link)
        self._column += count

    def _end_row(self) -> None:
        record = self._row.take()
        if record is not None:
            # Blank rows at the end may repeat up to the program's last row or beyond.
            self._number += self._repeated
            if self._number > limits.MAX_ROWS:
                raise too_many_rows()
            self.records.append((record, self._repeated))


def _count(attributes: dict[str, str], name: str, space: str = _TABLE) -> int:
    text = attributes.get(space + name, "1")
    return max(1, int(text[:9])) if text.isascii() and text.isdigit() else 1


def _value(cell: dict[str, str], text: str) -> str | None:
    kind = cell.get(_OFFICE + "value-type", "")
    if len(text) > MAX_CELL:
        # The end was not kept, so this is not trimmed: it will be reported as too long.
        return text[: MAX_CELL + 1]
    if any(cell.get(name) == "error" for name in _ERROR_TYPES):
        return None
    if kind in _READ:
        name, read = _READ[kind]
        return read(cell.get(_OFFICE + name, ""))
    if kind == "boolean":
        return value_text(cell.get(_OFFICE + "boolean-value") == "true")
    if kind == "string" and not text:
        text = cell.get(_OFFICE + "string-value", "")
    return plain_text(text)


def _clock(duration: str) -> str | None:
    """'PT13H30M05S' as '13:30:05'."""
    found = _DURATION.fullmatch(duration[:64])
    if not found:
        return plain_text(duration)
    sign, days, hours, minutes, seconds = found.groups()
    return f"{sign}{int(days or 0) * 24 + int(hours):02}:{int(minutes):02}:{int(seconds):02}"


# The attribute with a cell's value, by type, and the function that reads it.
_READ: dict[str, tuple[str, Callable[[str], str | None]]] = {
    **dict.fromkeys(_NUMBERS, ("value", number_text)),
    "date": ("date-value", iso_text),
    "time": ("time-value", _clock),
}
