"""Finds a CSV file's delimiter and header from its first lines.

It does not use the standard library's csv.Sniffer, which takes any frequent character for a
delimiter, even a letter, is misled by commas in text, and fails on a single column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from houselist.files.csv_records import UNCLOSED, Quotes, split_records
from houselist.files.csv_shapes import as_text
from houselist.files.headers import find_header, header_cells, used_columns
from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.people.rows import MAX_COLUMNS, NO_ROWS, UnreadableFile, trim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.people.rows import Cells

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 200
_SEP_LINE = re.compile(r'"?sep=([^\w\s"]|\t)"?[,;\t|]*\n?', re.IGNORECASE)
# Signs that hardly any program puts between cells, and that cells may contain.
_RARE = "~^#/:!*$&%?\\§¦¬·•¤，；｜、\x01\x02\x1c\x1d\x1e\x1f"  # noqa: RUF001 - East Asian commas
_IN_ADDRESSES = "#/:&%?"
_ADDRESS = re.compile(r"://|linkedin\.|mailto:|urn:|\bin/", re.IGNORECASE)
_GAP = re.compile(r"\S {2,}\S")
_ALIGNED_LINES = 20
_ALIGNED = (
    "The columns of the file are separated by spaces only, so their cells can't be told apart. "
    "Export it as CSV, with commas or semicolons between the cells."
)
_UNIFORM = 0.9
_MAX_LINE = 20_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read the file. `lines` is the number of lines up to the end of the header.

    `used`: the positions of the columns to read, also applied to `header`; None for all.
    """

    delimiter: str
    header: Cells
    lines: int
    used: list[int] | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a delimiter would read the file.

    `alike`: the share of its `rows` that are as wide as the header. `fields`: what that names.
    """

    dialect: Dialect
    alike: float
    rows: int
    fields: frozenset[str]

    @property
    def score(self) -> tuple[float, bool, int, int]:
        return self.alike, self.names_identity, len(self.fields), len(self.dialect.header)

    @property
    def names_identity(self) -> bool:
        return not self.fields.isdisjoint(IDENTITY_FIELDS)


def find_dialect(lines: Sequence[str], stated: str | None = None) -> Dialect:
    """The `stated` delimiter, or the one that makes the rows most uniform, with the header.

    Uniform means: as many cells as the header, quotes respected. In a tie, a header with a column
    that tells who somebody is wins, then the one with more known columns, then with more columns.
    A delimiter must occur in the header. Rare signs are considered only where the usual ones give
    no column that tells who somebody is.
    Raises UnreadableFile.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise UnreadableFile(NO_ROWS)
    declared = _SEP_LINE.fullmatch(lines[first])
    delimiters: Sequence[str] = _DELIMITERS
    if declared:
        first, delimiters = first + 1, declared.group(1)
    if stated:
        delimiters = stated
    sample = lines[first : first + _SAMPLE_LINES]
    readings = [_read(sample, first, delimiter) for delimiter in delimiters]
    many = [reading for reading in readings if len(reading.dialect.header) > 1]
    best = max(many or readings[:1], key=lambda reading: reading.score)
    if not declared and not stated and not best.names_identity:
        best = _read_rarely(sample, first, best)
    if not best.dialect.header:
        raise UnreadableFile(f"The header row can't be read: {UNCLOSED}.")
    if len(best.dialect.header) == 1 and not stated and _is_aligned(sample):
        raise UnreadableFile(_ALIGNED)
    return best.dialect


def _is_aligned(sample: Sequence[str]) -> bool:
    """Whether columns are only aligned with spaces, as in a printed table."""
    lines = [line[:_MAX_LINE] for line in sample if line.strip()][:_ALIGNED_LINES]
    return len(lines) > 1 and all(_GAP.search(line.rstrip()) for line in lines)


def _read_rarely(sample: Sequence[str], skipped: int, usual: _Reading) -> _Reading:
    """The reading by a rare sign that separates the rows evenly, or else the usual one."""
    lines = [line for line in sample if line.strip()]
    if max(map(len, lines)) > _MAX_LINE:
        return usual
    holding_addresses = sum(_ADDRESS.search(line) is not None for line in lines)
    found: list[_Reading] = []
    for sign in _RARE:
        if 2 * sum(sign in line for line in lines) < len(lines):
            continue
        if sign in _IN_ADDRESSES and 5 * holding_addresses > len(lines):
            continue
        reading = _read(sample, skipped, sign)
        if _is_surely(reading, usual):
            found.append(reading)
    return max(found, key=lambda reading: reading.score, default=usual)


def _is_surely(rare: _Reading, usual: _Reading) -> bool:
    """Whether a rare sign is the delimiter and not a part of the texts."""
    if len(rare.dialect.header) < 2 or not rare.rows or rare.alike < _UNIFORM:
        return False
    if len(usual.dialect.header) > 1:
        return rare.names_identity and len(rare.fields) > max(1, len(usual.fields))
    return rare.rows > 1 or rare.names_identity or len(rare.fields) > 1


def _read(sample: Sequence[str], skipped: int, delimiter: str) -> _Reading:
    records = list(split_records(sample, delimiter, Quotes(), final=False))
    # The sample is a single unfinished record: take its first line by itself.
    records = records or list(islice(split_records(sample, delimiter, Quotes(), final=True), 1))
    filled = [
        (end, trim([as_text(cell) for cell in cells]) if cells else [])
        for start, end, cells in records
        if "".join(sample[start:end]).strip()
    ]
    if not filled:
        raise UnreadableFile(NO_ROWS)
    records = [cells for _, cells in filled]
    index = find_header(records)
    end = filled[index][0]
    header = header_cells(records, index)
    widths = [len(cells) for cells in records[index + 1 :]]
    alike = widths.count(len(header)) / len(widths) if widths else 1.0
    used = used_columns(header, records[index + 1 :])
    header = header if used is None else [header[position] for position in used] or [None]
    fields = suggest_mapping([cell or "" for cell in header[:MAX_COLUMNS]]).mapping.values()
    dialect = Dialect(delimiter, header, skipped + end, used)
    return _Reading(dialect, alike, len(widths), frozenset(fields))
