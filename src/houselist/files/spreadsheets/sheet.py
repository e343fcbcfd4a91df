"""What every reader of workbooks returns: sheets, whose rows are read as they are consumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.people.rows import MAX_COLUMNS, MAX_RECORD, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from houselist.people.rows import Cells

MAX_ROWS = 1_048_576  # this and the next are the limits of Excel and LibreOffice
MAX_SHEET_COLUMNS = 16_384
MAX_SHEETS = 1_000
_NO_LINKS: Mapping[int, str] = {}

DAMAGED = "The workbook is damaged or incomplete. Save it again as .xlsx, or send it as CSV."


class Record(NamedTuple):
    """A row that is not blank: its cells up to the last filled one, and their links.

    Cells after the first MAX_COLUMNS + 1 are only counted, in `width`. Cells are cut to
    MAX_CELL + 1 characters. `problem` says why the row can't be used, else it is ''.
    """

    cells: Cells
    width: int
    links: Mapping[int, str] = _NO_LINKS
    problem: str = ""


class Unsaved:
    """How many cells of a sheet have a formula without a stored result, in the latest reading."""

    count = 0


class Sheet(NamedTuple):
    """A sheet. Its records can be read more than once; reading may raise UnreadableFile."""

    name: str
    is_hidden: bool
    records: Callable[[], Iterator[Record]]
    unsaved: Unsaved = Unsaved()


class RowBuilder:
    """Builds a row; columns count from 0."""

    __slots__ = ("_far", "_links", "cells")

    def __init__(self) -> None:
        self.cells: Cells = []
        self._links: dict[int, str] = {}
        self._far = 0

    def put(self, column: int, text: str, count: int = 1) -> None:
        """Fills `count` cells from `column` on. Raises UnreadableFile beyond a sheet's width."""
        cells = self.cells
        end = column + count
        if column <= MAX_COLUMNS:
            near = min(count, MAX_COLUMNS + 1 - column)
            if len(cells) < column:
                cells.extend([None] * (column - len(cells)))
            cells[column : column + near] = [text] * near
            if end <= MAX_COLUMNS + 1:
                return
        if end > MAX_SHEET_COLUMNS:
            raise UnreadableFile(
                f"The sheet has cells after column {MAX_SHEET_COLUMNS:,}, Excel's last one. "
                "Save it again as .xlsx, or send it as CSV."
            )
        self._far = max(self._far, end)

    def link(self, column: int, target: str) -> None:
        """Adds the link of a cell that was put."""
        if column < len(self.cells):
            self._links[column] = target

    def take(self) -> Record | None:
        """Returns the row, or None if it is blank, and starts the next one."""
        cells = self.cells
        width = self._far or len(cells)
        if not width:
            return None
        problem = ""
        if sum(map(len, filter(None, cells))) > MAX_RECORD:
            problem = f"the row is longer than {MAX_RECORD:,} characters"
        record = Record(cells, width, self._links or _NO_LINKS, problem)
        self.cells, self._far = [], 0
        if self._links:
            self._links = {}
        return record


def too_many_rows() -> UnreadableFile:
    return UnreadableFile(f"The sheet has more than {MAX_ROWS:,} rows. Send it as CSV instead.")


def too_large(what: str) -> UnreadableFile:
    return UnreadableFile(
        f"The workbook is too large when unpacked ({what[:100]}). Send it as CSV instead."
    )
