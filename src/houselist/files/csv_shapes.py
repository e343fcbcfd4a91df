"""Undoes what programs add to CSV: quotes around lines, text as formulas, padding, underlines.

This happens before rows are made, so that no row shows it. Pure.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from houselist.files.lines import Lines
from houselist.files.mapping import IDENTITY_FIELDS, suggest_mapping
from houselist.people.rows import MAX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from houselist.files.csv_records import Record

_SAMPLE = 50
_DELIMITERS = ",;\t|"
_MAX_LINE = 20_000
# The line below the header in the output of psql and sqlcmd, and in Markdown tables.
_UNDERLINE = "-+|=: \t\n"


def are_wrapped(lines: Sequence[str]) -> bool:
    """Whether each line is one quoted cell that is itself a line of CSV, as Excel may save it.

    That is, most lines are quoted as a whole, and the first one contains a header: at least two
    columns, of which one identifies a person.
    """
    sample = [line for line in lines[:_SAMPLE] if line.strip()]
    if not sample or max(map(len, sample)) > _MAX_LINE:
        return False
    opened = [_unwrapped(_line_itself(line)) for line in sample]
    header = opened[0]
    # Excel quotes only the lines that hold a comma or a quotation mark.
    if header is None or 2 * sum(line is not None for line in opened) <= len(opened):
        return False
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), list[str]())
        fields = suggest_mapping([cell.strip() for cell in cells[:MAX_COLUMNS]]).mapping.values()
        if len(cells) > 1 and not set(IDENTITY_FIELDS).isdisjoint(fields):
            return True
    return False


def unwrap(batch: Lines) -> Lines:
    """The lines with the outer quotes removed; lines without them stay as they are."""
    opened = [(_unwrapped(_line_itself(line)), line) for line in batch.lines]
    return Lines([line if inner is None else f"{inner}\n" for inner, line in opened], batch.broken)


def _line_itself(line: str) -> str:
    return line.strip().rstrip(_DELIMITERS)


def _unwrapped(text: str) -> str | None:
    """The content of a text that is quoted as a whole; None for any other text."""
    if len(text) < 2 or not (text[0] == text[-1] == '"'):
        return None
    inner = text[1:-1]
    if '"' in inner.replace('""', ""):
        return None
    return inner.replace('""', '"')


def is_underline(line: str) -> bool:
    """Whether the line below the header only underlines it."""
    return "---" in line and not line.strip(_UNDERLINE)


def as_text(cell: str) -> str:
    """The text of a cell such as ="00123"; any other cell as it is."""
    text = cell.strip()
    if not text.startswith("="):
        return cell
    inner = _unwrapped(text[1:].lstrip())
    return cell if inner is None else inner


def narrow(
    records: Generator[Record, None, int], used: Sequence[int] | None
) -> Generator[Record, None, int]:
    """The records with only the used columns, if not all are used.

    A record with a value in another column keeps its width, so that it is reported, not truncated.
    """
    return records if used is None else _narrowed(records, used)


def _narrowed(
    records: Generator[Record, None, int], used: Sequence[int]
) -> Generator[Record, None, int]:
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
