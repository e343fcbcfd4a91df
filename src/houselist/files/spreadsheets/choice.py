"""Chooses the sheet of a workbook to read: the requested one, or else the one with people."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from houselist.files.headers import find_header, header_cells, name_columns
from houselist.files.mapping import IDENTITY_FIELDS, sample_cells, suggest_mapping
from houselist.people.rows import NO_ROWS, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.files.spreadsheets.sheet import Record, Sheet
    from houselist.people.rows import Cells

SAMPLE = 30
_MAX_NAMED = 20
_MAX_NAME = 60
_SAVE = "Open the workbook in Excel or LibreOffice, save it, and send it again."
ONLY_FORMULAS = f"The workbook has only formulas without stored results. {_SAVE}"


class Choice(NamedTuple):
    """The sheet to read, and notes about other sheets with people, which are left out."""

    sheet: Sheet
    notes: list[str]


def choose(sheets: Sequence[Sheet], wanted: str | None) -> Choice:
    """The wanted sheet, or the first visible one with people, or the first visible one with rows.

    Hidden sheets come after visible ones. Raises UnreadableFile.
    """
    if wanted is not None and wanted.strip():
        return Choice(_wanted(sheets, wanted.strip()), [])
    ordered = sorted(sheets, key=lambda sheet: sheet.is_hidden)
    heads = [(sheet, list(islice(sheet.records(), SAMPLE))) for sheet in ordered]
    filled = [(sheet, head) for sheet, head in heads if head]
    if not filled:
        formulas = any(sheet.unsaved.count for sheet in ordered)
        raise UnreadableFile(ONLY_FORMULAS if formulas else NO_ROWS)
    people = [sheet for sheet, head in filled if _holds_people(head)]
    first = filled[0][0]
    if people and (not people[0].is_hidden or first.is_hidden):
        first = people[0]
    return Choice(first, _notes([sheet for sheet in people if sheet is not first]))


def _wanted(sheets: Sequence[Sheet], wanted: str) -> Sheet:
    folded = wanted.casefold()
    for sheet in sheets:
        if sheet.name.strip().casefold() == folded:
            return sheet
    if wanted.isascii() and wanted.isdigit() and 0 < int(wanted[:9]) <= len(sheets):
        return sheets[int(wanted) - 1]
    names = [_quoted(sheet.name) for sheet in sheets[:_MAX_NAMED]]
    more = f" and {len(sheets) - _MAX_NAMED:,} more" if len(sheets) > _MAX_NAMED else ""
    raise UnreadableFile(
        f"The workbook has no sheet {_quoted(wanted)}. It has {', '.join(names)}{more}."
    )


def _holds_people(head: Sequence[Record]) -> bool:
    columns, rows = _columns(head)
    suggestion = suggest_mapping(columns, sample_cells(columns, rows))
    return not set(IDENTITY_FIELDS).isdisjoint(suggestion.mapping.values())


def _columns(head: Sequence[Record]) -> tuple[list[str], list[Cells]]:
    cells = [record.cells for record in head]
    header = find_header(cells)
    try:
        columns, is_header = name_columns(header_cells(cells, header))
    except UnreadableFile:
        return [], []
    return columns, cells[header + is_header :]


def _notes(sheets: Sequence[Sheet]) -> list[str]:
    notes = [
        f"The {'hidden ' if sheet.is_hidden else ''}sheet {_quoted(sheet.name)} seems to hold "
        "people too and was left out. To import it, send the file again and choose that sheet."
        for sheet in sheets[:_MAX_NAMED]
    ]
    if len(sheets) > _MAX_NAMED:
        notes.append(f"{len(sheets) - _MAX_NAMED:,} more sheets with people were left out.")
    return notes


def note_formulas(count: int) -> str:
    """The note about cells whose formulas have no stored result."""
    cells = "One cell holds a formula" if count == 1 else f"{count:,} cells hold formulas"
    return f"{cells} without a stored result, so what it shows is not known. {_SAVE}"


def shown(name: str) -> str:
    """A sheet's name as it can be shown: short, and only visible characters."""
    return "".join(char for char in name[:_MAX_NAME] if char.isprintable())


def _quoted(name: str) -> str:
    return f"'{shown(name)}'"
