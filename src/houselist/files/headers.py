"""Which row of a table is its header, and what its columns are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.files.mapping import suggest_mapping
from houselist.files.tables import MAX_COLUMNS, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINKEDIN_URL = re.compile(r"(https?:)?(//)?([a-z]{1,6}\.)?linkedin\.com/", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_PREAMBLE = 10
_LONGEST_NAME = 1_000


def find_header(records: Sequence[Sequence[str | None]]) -> int:
    """Index of the header among a file's first records, which hold no blank ones.

    Some exports put notes above the header (LinkedIn's Connections.csv does). A later record
    is believed to be the header only when at least two of its cells map to a field and all
    above it have one filled cell, which maps to none: a wrong guess would drop people's rows.
    """
    for index, record in enumerate(records[: _LONGEST_PREAMBLE + 1]):
        mapped = _mapped(record)
        if index and mapped > 1:
            return index
        if mapped or sum(map(bool, record)) > 1:
            break
    return 0


def _mapped(record: Sequence[str | None]) -> int:
    return len(suggest_mapping([cell or "" for cell in record[:MAX_COLUMNS]]))


def name_columns(header: Sequence[str | None]) -> tuple[list[str], bool]:
    """Unique names for the columns, and whether the record is a header at all.

    It is none when its only filled cell is a LinkedIn URL or an e-mail address: then the file
    is a bare list and the record is its first row. Raises UnreadableFile.
    """
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile(
            f"The file has {len(header):,} columns; {MAX_COLUMNS} are the most. Remove some."
        )
    names = [" ".join((cell or "").split()) for cell in header]
    filled = [name for name in names if name]
    if not filled:
        raise UnreadableFile(
            "The header row has only blank cells. Put the column names in the first row."
        )
    data = [name for name in filled if _field_of(name)]
    if len(filled) == 1 and data:
        return _unique([_field_of(name) for name in names]), False
    if data:
        raise UnreadableFile(
            f"The file has no header row: its first row holds data ({data[0][:100]}). "
            "Put a row with the column names above it."
        )
    if max(map(len, filled)) > _LONGEST_NAME:
        raise UnreadableFile(
            f"A column name is longer than {_LONGEST_NAME:,} characters. "
            "Put a row with the column names first."
        )
    return _unique(names), True


def _field_of(cell: str) -> str:
    if _LINKEDIN_URL.match(cell):
        return "linkedinUrl"
    return "email" if _EMAIL.fullmatch(cell) else ""


def _unique(names: list[str]) -> list[str]:
    """Blank names become 'column 3', the second 'Email' becomes 'Email (2)'."""
    given = set(names)
    unique: list[str] = []
    seen: set[str] = set()
    for position, name in enumerate(names, 1):
        wanted = name or f"column {position}"
        chosen, count = wanted, 1
        while chosen in seen or (chosen in given and chosen != name):
            count += 1
            chosen = f"{wanted} ({count})"
        seen.add(chosen)
        unique.append(chosen)
    return unique
