"""Guarding the cells of CSV that PostgreSQL wrote, many rows at once. Pure."""

from __future__ import annotations

import csv
import io
import re

from houselist.people.exported import guard

# Where a program may begin to read a cell becomes A, what makes it a formula there becomes B, and
# what is passed over between the two is dropped: so AB in the result means that a cell may have to
# be guarded, and its absence that none has. \xef begins the full-width forms in UTF-8.
_BEGINNINGS, _FORMULAS, _PASSED_OVER = b",;\t\n\r", b"=+-@\xef", b" \"'"
_MARKS = bytes(
    ord("A") if byte in _BEGINNINGS else ord("B") if byte in _FORMULAS else ord("x")
    for byte in range(256)
)
_needs_quotes = re.compile('[,"\r\n]').search


def guarded(rows: bytes) -> bytes:
    """The same whole rows, which end with a line break, with a ' in front of each formula."""
    if not _may_run(rows):
        return rows
    lines = rows.split(b"\n")
    lines.pop()
    if any(line.count(b'"') % 2 for line in lines):
        return _slowly(rows)  # there are line breaks in cells
    return b"".join(_slowly(line + b"\n") if _may_run(line) else line + b"\n" for line in lines)


def header_line(header: tuple[str, ...], *, raw: bool) -> bytes:
    return _written([list(header) if raw else [guard(name) for name in header]])


def _may_run(rows: bytes) -> bool:
    marked = rows.translate(_MARKS, _PASSED_OVER)
    return b"AB" in marked or marked.startswith(b"B") or b"\t" in rows or b"\r" in rows


def _slowly(rows: bytes) -> bytes:
    read = csv.reader(io.StringIO(rows.decode(), newline=""), strict=True)
    return _written([[guard(cell) if cell else cell for cell in row] for row in read])


def _written(rows: list[list[str]]) -> bytes:
    # As PostgreSQL writes it; Python's csv quotes no carriage return.
    lines = [",".join(map(_quoted, row)) or '""' for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def _quoted(cell: str) -> str:
    if _needs_quotes(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell
