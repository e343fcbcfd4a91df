"""What every reader of files gives: a table of named columns, and rows of text cells.

The limits of a row are here too. How a format is read is in files/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_COLUMNS = 500
MAX_CELL = 100_000
# A column's name is repeated with every row that is shown, so all of them have a limit as well.
MAX_NAME = 1_000
MAX_NAMES = 250_000
MAX_RECORD = 1024 * 1024
MAX_BAD_TEXT = 2_000
_TITLE_MARKS = 20

TOO_MUCH_MEMORY = (
    "The file takes more memory to read than a file may have. Split it, or send it as CSV."
)
NO_ROWS = "The file has no header row: it is empty or has only blank lines."

# Decoding turns bytes that are not text into lone surrogates: files/encodings.py.
BROKEN = re.compile("[\ud800-\udfff]")
# What can stand between the cells of a row, for who names it: one sign that no word has in it.
DELIMITER_WORDS = "one character that is no letter, digit, space or quotation mark"
DELIMITER = r"^([\t\x1c-\x1f]|[^\w\s\"'\x00])$(?!\n)"

_INVISIBLE = re.compile("[\ufeff\u200b\u2060\u200e\u200f]")


class UnreadableFile(Exception):
    """The whole file can't be read. The message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be read: its text, cut to MAX_BAD_TEXT, and why."""

    text: str
    reason: str


Cells: TypeAlias = list[str | None]
Row: TypeAlias = Cells | BadRow


class Options(NamedTuple):
    """What the sender says about a file. None: it has to be detected."""

    encoding: str | None = None
    sheet: str | None = None
    delimiter: str | None = None


NO_OPTIONS = Options()


@dataclass(slots=True)
class Facts:
    """How a file was read, for the user. None: its format has no such thing.

    `notes` are sentences about what the user should know, such as which sheets were left out.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notes: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Table:
    """Columns, and rows that can be read once. No row is blank.

    A row's cells are in the order of the columns. `columns` may grow while rows are read (NDJSON
    objects bring new keys), so a row may have fewer cells than there are columns: the missing ones
    are None. The columns are final after the last row. Reading rows may raise UnreadableFile.
    """

    columns: list[str]
    rows: Iterator[Row]
    facts: Facts = field(default_factory=Facts)


def bad_row(text: str, reason: str) -> BadRow:
    return BadRow(BROKEN.sub("\ufffd", text[:MAX_BAD_TEXT].strip()), reason)


def shown_text(cells: Iterable[str | None]) -> str:
    """As much of a row as its refusal shows: a row may hold thousands of long texts."""
    parts: list[str] = []
    left = MAX_BAD_TEXT
    for cell in cells:
        if left <= 0:
            break
        parts.append((cell or "")[:left])
        left -= len(parts[-1]) + 1
    return "\t".join(parts)


def is_title(cell: str, column: str) -> bool:
    """Whether a cell is the title of its column. 'Email' is that of 'Email (2)' too."""
    if len(cell) > len(column) + _TITLE_MARKS:
        return False
    title = " ".join(cell.replace("\ufeff", "").split())
    return column == title or column.startswith(f"{title} (") or column.endswith(f" {title}")


def drop_invisible(cell: str | None) -> str | None:
    """The cell without byte order marks and zero-width characters, which copied names have."""
    return _INVISIBLE.sub("", cell) if cell and not cell.isascii() else cell


def trim(cells: Sequence[str]) -> Cells:
    return [cell.strip() or None for cell in cells]


def fit(cells: Cells, width: int, text: str) -> Row | None:
    """Trimmed cells, padded or cut to the width; what is wrong with them; or None for a blank row.

    `text` is the row as it is in the file.
    """
    if not any(cells):
        return None
    if any(cell and len(cell) > MAX_CELL for cell in cells):
        return bad_row(text, f"a cell is longer than {MAX_CELL:,} characters")
    if len(cells) <= width:
        return cells + [None] * (width - len(cells))
    while cells[-1] is None:
        cells = cells[:-1]
    if len(cells) > width:
        return bad_row(text, f"{len(cells):,} cells, but the header has {width:,} columns")
    return cells + [None] * (width - len(cells))
