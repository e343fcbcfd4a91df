"""The file that `houselist import` reads: opened, and what format it is in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from houselist.cli.columns import check_columns
from houselist.cli.out import UsageError
from houselist.files.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from houselist.files.reading import Format

_FORMATS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv",
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "ndjson",
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods"), "spreadsheet"),
}  # fmt: skip


def open_file(name: str) -> BinaryIO:
    """Raises UsageError."""
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}.") from error


def format_of(name: str) -> Format:
    """By the name's ending; a file without a known one is taken for CSV."""
    return _FORMATS.get(Path(name).suffix.lower(), "csv")


def check_early(stream: BinaryIO, format_: Format, mapping: Mapping[str, str]) -> None:
    """Looks for mapped columns before anything is stored, where the file can be read twice.

    Raises UsageError, UnreadableFile. NDJSON has all its columns only at its end.
    """
    if mapping and format_ != "ndjson" and stream.seekable():
        check_columns(mapping, read_table(stream, format_).columns)
        stream.seek(0)
