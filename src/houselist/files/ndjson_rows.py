"""Rows of an uploaded NDJSON file: one JSON object a line, its keys the columns."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec

from houselist.files.encodings import decode
from houselist.files.lines import line_batches
from houselist.files.tables import (
    BROKEN,
    MAX_COLUMNS,
    MAX_RECORD,
    BadRow,
    Facts,
    Options,
    Table,
    UnreadableFile,
    bad_row,
    drop_invisible,
    fit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.files.encodings import Text
    from houselist.files.tables import Row

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

_NO_OPTIONS = Options()
_MOST_BAD_AT_START = 1_000
_NO_OBJECT = "The file is not NDJSON: no line holds a JSON object. Send one object a line."


def ndjson_table(blocks: Iterator[bytes], options: Options = _NO_OPTIONS) -> Table:
    """Read NDJSON; the table's columns grow as later objects bring new keys (see Table).

    Facts: the encoding, as in csv_table.
    """
    columns: list[str] = []
    facts = Facts()
    rows = _rows(decode(blocks, options, facts), columns)
    early: list[Row] = []
    for row in rows:
        early.append(row)
        if not isinstance(row, BadRow):
            return Table(columns, chain(early, rows), facts)
        if len(early) == _MOST_BAD_AT_START:
            break
    raise UnreadableFile(_NO_OBJECT)


def _rows(texts: Iterator[Text], columns: list[str]) -> Iterator[Row]:
    positions: dict[str, int] = {}
    first = True
    for batch in line_batches(texts):
        for line in batch.lines:
            text = line.strip()
            if not text:
                continue
            if first and text.startswith("["):
                raise UnreadableFile(
                    "The file is a JSON array, not NDJSON. Send one object a line, without "
                    "the brackets around them and the commas between."
                )
            first = False
            row = _row(text, batch.broken, positions)
            columns.extend(list(positions)[len(columns) :])
            if row is not None:
                yield row


def _row(text: str, broken: str, positions: dict[str, int]) -> Row | None:
    """One line's row; new keys are added to the positions. None when all values are blank."""
    if broken and BROKEN.search(text):
        return bad_row(text, broken)
    if len(text) > MAX_RECORD:
        return bad_row(text, f"the row is longer than {MAX_RECORD:,} characters")
    try:
        decoded = cast("Json", msgspec.json.decode(text))
    except (msgspec.MsgspecError, RecursionError):
        return bad_row(text, "not valid JSON")
    if not isinstance(decoded, dict):
        return bad_row(text, "not a JSON object")
    values = _flatten(decoded)
    fresh = [key for key in values if key not in positions]
    if len(positions) + len(fresh) > MAX_COLUMNS:
        return bad_row(text, f"with its keys the file has more than {MAX_COLUMNS} columns")
    for key in fresh:
        positions[key] = len(positions)
    cells: list[str | None] = [None] * len(positions)
    for key, value in values.items():
        cells[positions[key]] = value
    return fit(cells, len(cells), text)


def _flatten(source: dict[str, Json]) -> dict[str, str | None]:
    """{'company': {'name': 'X'}} gives {'company.name': 'X'}; deeper values become JSON text.

    Where two keys come to the same name, the first with a value counts.
    """
    values: dict[str, str | None] = {}
    for key, value in source.items():
        parts = (
            {f"{key}.{inner}": v for inner, v in value.items()}
            if isinstance(value, dict)
            else {key: value}
        )
        for name, part in parts.items():
            visible = drop_invisible(name.replace("\0", "")) or ""
            column = " ".join(visible.split()) or "column"
            values[column] = values.get(column) or _text(part)
    return values


def _text(value: Json) -> str | None:
    match value:
        case None:
            return None
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - exact below
            text = str(int(value))
        case int() | float():
            text = str(value)
        case _:
            text = msgspec.json.encode(value).decode()
    return text.replace("\0", "").strip() or None
