"""Which format a file is in, by the ending of its name."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def format_of(name: str) -> Format:
    """By the name's ending; a file without a known one is taken for CSV."""
    return _FORMATS.get(PurePath(name).suffix.lower(), "csv")
