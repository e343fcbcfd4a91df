"""Samples a file's rows as they pass: the first ones to show, others to suggest a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.files.mapping import sample_cells, suggest_mapping
from houselist.people.rows import BadRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from houselist.files.mapping import Suggestion
    from houselist.people.rows import Cells, Row

SHOWN_ROWS = 20
SHOWN_LENGTH = 200
# Every row is shown with the names of all columns, so 20 rows of a wide file may be too many.
SHOWN_BYTES = 4 << 20
_JUDGED_ROWS = 1_000
_JUDGED_CELLS = 100_000
_JUDGED_LENGTH = 300


class Sampler:
    """Keeps the first 20 rows, and up to 1,000 that are spread evenly over the whole file.

    The latter are every n-th row; when they become too many, every other one is dropped and n
    doubles. So the choice depends only on the file.
    """

    def __init__(self) -> None:
        self._first: list[Row] = []
        self._spread: list[Cells] = []
        self._cells = 0
        self._stride = 1

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yields the rows unchanged and keeps some of them."""
        wanted = 0
        for number, row in enumerate(rows):
            if number < SHOWN_ROWS:
                self._first.append(row)
            if number == wanted:
                self._keep(row)
                wanted = number - number % self._stride + self._stride
            yield row

    def _keep(self, row: Row) -> None:
        if isinstance(row, BadRow):
            return
        self._spread.append([cell and cell[:_JUDGED_LENGTH] for cell in row])
        self._cells += len(row)
        if len(self._spread) > _JUDGED_ROWS or self._cells > _JUDGED_CELLS:
            self._spread = self._spread[::2]
            self._cells = sum(map(len, self._spread))
            self._stride *= 2

    def first(self, columns: Sequence[str]) -> list[dict[str, str | None]]:
        """The first rows by column, or their text if they can't be read; long cells truncated.

        Fewer rows if they would take more than SHOWN_BYTES as JSON.
        """
        shown: list[dict[str, str | None]] = []
        size = 0
        for row in self._first:
            each = _shown(row, columns)
            size += len(msgspec.json.encode(each))
            if shown and size > SHOWN_BYTES:
                break
            shown.append(each)
        return shown

    def suggest(self, columns: Sequence[str]) -> Suggestion:
        """What each column most likely holds, by its name and by the sampled rows."""
        return suggest_mapping(columns, sample_cells(columns, self._spread))


def _shown(row: Row, columns: Sequence[str]) -> dict[str, str | None]:
    if isinstance(row, BadRow):
        return {"text": _cut(row.text)}
    cells = dict(zip(columns, map(_cut, row), strict=False))
    return dict.fromkeys(columns) | cells


def _cut(cell: str | None) -> str | None:
    if cell is None or len(cell) <= SHOWN_LENGTH:
        return cell
    return f"{cell[: SHOWN_LENGTH - 1]}…"
