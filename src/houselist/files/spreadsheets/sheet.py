"""What every reader of workbooks gives: sheets, whose rows come as they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.people.rows import MAX_COLUMNS, MAX_RECORD, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from houselist.people.rows import Cells

MAX_ROWS = 1_048_576  # of Excel and of LibreOffice, as is the next
MAX_SHEET_COLUMNS = 16_384
MAX_SHEETS = 1_000
_NO_LINKS: Mapping[int, str] = {}

DAMAGED = (
    "The workbook is damaged or was cut off on its way. Save it anew as .xlsx, or send it as CSV."
)


class Record(NamedTuple):
    """A row that is not blank: its cells up to the last filled one, and what they link to.

    Cells beyond one more than MAX_COLUMNS are only counted, in `width`, and a cell is cut to one
    character more than MAX_CELL. `problem` says why the row can't be used, else it is ''.
    """

    cells: Cells
    width: int
    links: Mapping[int, str] = _NO_LINKS
    problem: str = ""


class Sheet(NamedTuple):
    """Its rows can be asked for more than once, and raise UnreadableFile."""

    name: str
    is_hidden: bool
    records: Callable[[], Iterator[Record]]


class RowBuilder:
    """A row in the making; cells are put by their column, counted from 0."""

    __slots__ = ("_far", "_links", "cells")

    def __init__(self) -> None:
        self.cells: Cells = []
        self._links: dict[int, str] = {}
        self._far = 0

    def put(self, column: int, text: str, count: int = 1) -> None:
        """From that column on, as often as told; raises UnreadableFile where no sheet has one."""
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
                f"The sheet has cells beyond column {MAX_SHEET_COLUMNS:,}, where Excel ends. "
                "Save it anew as .xlsx, or send it as CSV."
            )
        self._far = max(self._far, end)

    def link(self, column: int, target: str) -> None:
        """Of a cell that was put."""
        if column < len(self.cells):
            self._links[column] = target

    def take(self) -> Record | None:
        """The row, None when it is blank; the next one begins."""
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
        f"The workbook is too large once unpacked ({what[:100]}). Send it as CSV instead."
    )
