"""The rows of an uploaded NDJSON file: one JSON object per line, whose keys are the columns.

json_documents.py handles JSON in other forms.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING, cast

import msgspec

from houselist.files.encodings import decode
from houselist.files.json_documents import as_text, decode_leniently, is_document, objects
from houselist.files.lines import line_batches
from houselist.people.rows import (
    BROKEN,
    MAX_COLUMNS,
    MAX_NAME,
    MAX_NAMES,
    MAX_RECORD,
    NO_OPTIONS,
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
    from collections.abc import Iterator, Mapping, Sequence

    from houselist.files.encodings import Text
    from houselist.files.json_columns import Json
    from houselist.people.rows import Row

_MAX_BAD_AT_START = 1_000
_NO_OBJECT = "The file is not NDJSON: no line holds a JSON object. Send one object per line."
_NO_JSON = "not valid JSON"
_OTHER_JSON = "not a JSON object"
_TOO_LONG = f"the row is longer than {MAX_RECORD:,} characters"
_LONG_NAME = f"the name of a column is longer than {MAX_NAME:,} characters"
_LONG_NAMES = f"with its keys the file's column names have more than {MAX_NAMES:,} characters"


def ndjson_table(blocks: Iterator[bytes], options: Options = NO_OPTIONS) -> Table:
    """Reads NDJSON; the table's columns grow as later objects bring new keys (see Table).

    Also reads an array of objects, an API's response that contains one, and objects over several
    lines, up to MAX_DOCUMENT. Facts: the encoding, as in csv_table. Raises UnreadableFile.
    """
    facts = Facts()
    texts = decode(blocks, options, facts)
    start = list(_start(texts))
    texts = chain(start, texts)
    columns: list[str] = []
    if is_document("".join(piece.text for piece in start)):
        rows = _document_rows(texts, columns, facts)
    else:
        rows = _line_rows(texts, columns)
    early: list[Row] = []
    for row in rows:
        early.append(row)
        if not isinstance(row, BadRow):
            return Table(columns, chain(early, rows), facts)
        if len(early) == _MAX_BAD_AT_START:
            break
    reasons = [row.reason for row in early if isinstance(row, BadRow)]
    told = next((reason for reason in reasons if reason not in (_NO_JSON, _OTHER_JSON)), "")
    raise UnreadableFile(f"No row of the file can be read: {told}." if told else _NO_OBJECT)


def _start(texts: Iterator[Text]) -> Iterator[Text]:
    """The pieces up to the end of the second non-blank line, or to more than 1 MiB of text."""
    text = ""
    for piece in texts:
        yield piece
        text = (text + piece.text).lstrip()
        if len(text) > MAX_RECORD or len(text[: text.rfind("\n") + 1].split("\n", 2)) > 2:
            return


def _document_rows(texts: Iterator[Text], columns: list[str], facts: Facts) -> Iterator[Row]:
    positions: dict[str, int] = {}
    for value, text in objects(texts, facts.notes):
        # The text has no lone surrogates, unless it has them as escapes.
        if text is None or len(text) > MAX_RECORD or "\\u" in text:
            row = _lenient_row(value, positions)
        else:
            row = _row(value, text, positions)
        columns.extend(list(positions)[len(columns) :])
        if row is not None:
            yield row


def _line_rows(texts: Iterator[Text], columns: list[str]) -> Iterator[Row]:
    positions: dict[str, int] = {}
    for batch in line_batches(texts):
        for line in batch.lines:
            text = line.strip()
            if not text:
                continue
            row = _line_row(text, batch.broken, positions)
            if len(positions) > len(columns):
                columns.extend(list(positions)[len(columns) :])
            if row is not None:
                yield row


def _line_row(text: str, broken: str, positions: dict[str, int]) -> Row | None:
    if broken and BROKEN.search(text):
        return bad_row(text, broken)
    if len(text) > MAX_RECORD:
        return bad_row(text, _TOO_LONG)
    try:
        decoded = cast("Json", msgspec.json.decode(text))
    except (msgspec.MsgspecError, RecursionError):
        try:
            # Some exporters write NaN, and some end the lines with the commas of an array.
            return _lenient_row(decode_leniently(text.removesuffix(",")), positions)
        except (ValueError, RecursionError):
            return bad_row(text, _NO_JSON)
    return _row(decoded, text, positions)


def _lenient_row(value: Json, positions: dict[str, int]) -> Row | None:
    text = as_text(value)
    if len(text) > MAX_RECORD:
        return bad_row(text, _TOO_LONG)
    if BROKEN.search(text):
        return bad_row(text, _NO_JSON)
    return _row(value, text, positions)


def _row(decoded: Json, text: str, positions: dict[str, int]) -> Row | None:
    """The row of one value, or None if all of it is blank. Adds new keys to `positions`."""
    if not isinstance(decoded, dict):
        return bad_row(text, _OTHER_JSON)
    if max(map(len, decoded), default=0) > MAX_NAME:
        return bad_row(text, _LONG_NAME)
    values = _flatten(decoded)
    fresh = [key for key in values if key not in positions]
    if fresh and _misfit(fresh, positions):
        # Nested objects need a column for each of their keys; as text they need only one.
        values = {_column(key): _text(value) for key, value in decoded.items()}
        fresh = [key for key in values if key not in positions]
    if fresh and (reason := _misfit(fresh, positions)):
        return bad_row(text, reason)
    for key in fresh:
        positions[key] = len(positions)
    cells: list[str | None] = [None] * len(positions)
    for key, value in values.items():
        cells[positions[key]] = value
    return fit(cells, len(cells), text)


def _misfit(fresh: Sequence[str], positions: Mapping[str, int]) -> str:
    """Why new names have no room beside those that the file has, or ''."""
    if len(positions) + len(fresh) > MAX_COLUMNS:
        return f"with its keys the file has more than {MAX_COLUMNS} columns"
    if max(map(len, fresh)) > MAX_NAME:
        return _LONG_NAME
    together = sum(map(len, positions)) + sum(map(len, fresh))
    return _LONG_NAMES if together > MAX_NAMES else ""


def _flatten(source: dict[str, Json]) -> dict[str, str | None]:
    """{'company': {'name': 'X'}} gives {'company.name': 'X'}; deeper values become JSON text.

    If two keys give the same name, the first one with a value counts. Ends early with too many
    names, because each inner one is made with the outer one before it.
    """
    values: dict[str, str | None] = {}
    for key, value in source.items():
        if len(values) > MAX_COLUMNS:
            break
        parts = (
            {f"{key}.{inner}": v for inner, v in value.items()}
            if isinstance(value, dict) and len(value) <= MAX_COLUMNS
            else {key: value}
        )
        for name, part in parts.items():
            column = _column(name)
            values[column] = values.get(column) or _text(part)
    return values


def _column(name: str) -> str:
    visible = drop_invisible(name.replace("\0", "")) or ""
    return " ".join(visible.split()) or "column"


def _text(value: Json) -> str | None:
    match value:
        case None:
            return None
        case str():
            text = value
        case bool():
            text = "true" if value else "false"
        case float() if not math.isfinite(value):
            return None
        case float() if value.is_integer() and abs(value) < 1e15:
            text = str(int(value))
        case int() | float():
            text = str(value)
        case _:
            text = msgspec.json.encode(value).decode()
    # Line endings are normalised as in CSV, so that an export reads back the same.
    return _lines(text.replace("\0", "")).strip() or None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
