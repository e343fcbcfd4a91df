"""The file that `houselist import` reads: opened, and what format it is in."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from houselist.cli.out import UsageError
from houselist.files.messages import Format

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods"), "spreadsheet"),
}


def open_file(name: str) -> BinaryIO:
    """Raises UsageError."""
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror}.") from error


def format_of(name: str) -> Format:
    """By the name's ending; a file without a known one is taken for CSV."""
    return _FORMATS.get(Path(name).suffix.lower(), "csv")
