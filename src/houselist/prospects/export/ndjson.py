"""Rows of PostgreSQL's tab-separated text as lines of JSON, many at once. Pure.

All of it runs in C: nothing is done for each cell, and next to nothing for each row. What makes
that possible is that PostgreSQL escapes a text nearly as JSON does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from houselist.people.exported import REST

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPANY = "company."
# JSON has an escape of its own for all others below a space; PostgreSQL sends them as they are.
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n"))
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f]")
# PostgreSQL's escape for a vertical tab is none of JSON's. Backslashes come in pairs.
_VERTICAL_TAB = re.compile(rb"\\(\\|v)")
_NULL = b'"\\N"'


class Lines:
    """Makes lines of rows with these columns."""

    def __init__(self, header: Sequence[str]) -> None:
        self._width = len(header)
        self._json = header.index(REST) if REST in header else None
        self._first, *between, self._last = [piece.encode() for piece in _before(header)]
        self._between = [*between, self._last + self._first]

    def of(self, rows: bytes) -> bytes:
        """The lines of whole rows, of which the last one ends as well."""
        if len(rows.translate(None, _CONTROLS)) < len(rows):
            rows = _CONTROL.sub(lambda found: b"\\u%04x" % ord(found[0]), rows)
        if b"\\v" in rows:
            rows = _VERTICAL_TAB.sub(
                lambda found: b"\\u000b" if found[1] == b"v" else found[0], rows
            )
        cells = rows.replace(b'"', b'\\"').replace(b"\n", b"\t").split(b"\t")
        cells.pop()
        if self._json is not None:
            cells[self._json :: self._width] = [
                # It is JSON already: once too often escaped here, and once by PostgreSQL.
                cell.replace(b'\\"', b'"').replace(b"\\\\", b"\\")
                for cell in cells[self._json :: self._width]
            ]
        pieces = [b""] * (2 * len(cells))
        pieces[0::2] = cells
        pieces[1::2] = self._between * (len(cells) // self._width)
        pieces[-1] = self._last
        return self._first + b"".join(pieces).replace(_NULL, b"null")


def _before(header: Sequence[str]) -> list[str]:
    """What stands before each cell, and after the last one. A company's cells stand together."""
    found: list[str] = []
    after, in_company = "{", False
    for name in header:
        is_company = name.startswith(_COMPANY)
        if in_company and not is_company:
            after += "}"
        if found:
            after += ","
        if is_company and not in_company:
            after += '"company":{'
        quote = "" if name == REST else '"'
        found.append(f"{after}{_text(name.removeprefix(_COMPANY))}:{quote}")
        after, in_company = quote, is_company
    return [*found, after + ("}" if in_company else "") + "}\n"]


def _text(name: str) -> str:
    return msgspec.json.encode(name).decode()
