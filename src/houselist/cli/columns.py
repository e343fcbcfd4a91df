"""`--map column=field`: which of a file's columns become which fields of a prospect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from houselist.cli.out import CommandError, UsageError
from houselist.files.mapping import FIELDS, IDENTITY_FIELDS
from houselist.people.fields import LEAVE_OUT


def read_mapping(given: Sequence[str], *, also: Sequence[str] = ()) -> dict[str, str]:
    """Columns to fields, as they were given; no field is an empty text. Raises UsageError.

    A field that tells who somebody is may have several columns, the better ones first. `also`:
    fields beside those of a prospect.
    """
    fields = (*FIELDS, *also)
    mapping: dict[str, str] = {}
    for text in given:
        # A column's name may have an equals sign in it, a field's has none.
        column, sign, field = (part.strip() for part in text.rpartition("="))
        if not sign or not column:
            raise UsageError(f"--map {text!r} must be written as column=field.")
        if field and field not in fields:
            raise UsageError(
                f"--map {text!r}: there is no field {field!r}.{_hint(field, fields)}"
                f" Choose from {', '.join(fields)}."
            )
        is_taken = field in mapping.values() and field not in (*IDENTITY_FIELDS, LEAVE_OUT)
        if column in mapping or (field and is_taken):
            raise UsageError(f"--map {text!r}: {column!r} or {field!r} is mapped twice.")
        mapping[column] = field
    return mapping


def check_columns(mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raises UsageError for a column that the file does not have."""
    for column in mapping:
        if column not in columns:
            raise UsageError(
                f"The file has no column {column!r}.{_hint(column, columns)}"
                f" It has {', '.join(columns)}."
            )


def check_read(file: str, mapping: Mapping[str, str], columns: Sequence[str], rows: int) -> None:
    """The same once the file is read whole. Raises CommandError for one without rows."""
    check_columns(mapping, columns)
    if not rows:
        raise CommandError(f"{file} has no rows below its header.")


def _hint(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" Is it {close[0]!r}?" if close else ""
