"""Shapes that programs give to CSV: lines quoted whole, text as a formula, padding, underlines.

All of them are undone before rows are made, so that no row shows them. Pure.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from houselist.files.lines import Lines
from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.files.tables import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from houselist.files.csv_records import Record

_SAMPLE = 50
_DELIMITERS = ",;\t|"
_LONGEST_LINE = 100_000
# Below the header of psql, of sqlcmd and of tables in Markdown.
_UNDERLINE = re.compile(r"[-+|=: \t]*-{3,}[-+|=: \t]*\n?")
# How text is kept from being read as a number: ="00123".
_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"\s*')


def are_wrapped(lines: Sequence[str]) -> bool:
    """Whether each line is one quoted cell that is itself a line of CSV, as Excel may save it.

    So nearly all lines are quoted as a whole, and what the first one holds is a header: two
    columns at least, one of which tells who somebody is.
    """
    sample = [line for line in lines[:_SAMPLE] if line.strip()]
    if not sample or max(map(len, sample)) > _LONGEST_LINE:
        return False
    opened = [_unwrapped(line) for line in sample]
    header = opened[0]
    # Excel quotes only the lines that hold a comma or a quotation mark.
    if header is None or 2 * sum(line is not None for line in opened) <= len(opened):
        return False
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), list[str]())
        fields = suggest_mapping([cell.strip() for cell in cells]).mapping.values()
        if len(cells) > 1 and not set(IDENTITY_FIELDS).isdisjoint(fields):
            return True
    return False


def unwrap(batch: Lines) -> Lines:
    """The lines inside of such lines; others stay as they are."""
    return Lines([_unwrapped(line) or line for line in batch.lines], batch.broken)


def _unwrapped(line: str) -> str | None:
    """What a line that is one quoted cell holds; None for any other."""
    text = line.strip().rstrip(_DELIMITERS)
    if len(text) < 2 or not (text[0] == text[-1] == '"'):  # noqa: PLR2004 - two quotes
        return None
    inner = text[1:-1]
    if '"' in inner.replace('""', ""):
        return None
    return inner.replace('""', '"') + "\n"


def is_underline(line: str) -> bool:
    """Whether the line below a header only underlines it."""
    return len(line) <= MAX_RECORD and _UNDERLINE.fullmatch(line) is not None


def as_text(cell: str) -> str:
    """The text of a cell such as ="00123", any other cell as it is."""
    if not cell.lstrip().startswith("="):
        return cell
    found = _FORMULA.fullmatch(cell.strip())
    return found[1].replace('""', '"') if found else cell


def narrow(
    records: Generator[Record, None, int], used: Sequence[int] | None
) -> Generator[Record, None, int]:
    """Records with the used columns alone, where not all are.

    One that has a value beside them stays as wide as it is, so that it is told and not cut.
    """
    if used is None:
        return (yield from records)
    kept = set(used)
    while True:
        try:
            start, end, cells = next(records)
        except StopIteration as stop:
            return int(stop.value)
        if cells is not None and not any(
            cell.strip() for position, cell in enumerate(cells) if position not in kept
        ):
            cells = [cells[position] if position < len(cells) else "" for position in used]
        yield start, end, cells
