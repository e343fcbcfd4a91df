"""Options and arguments that several commands share, and how what is typed is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

from cyclopts import Parameter
from msgspec import UNSET, UnsetType

from houselist.cli.interrupts import interruptible
from houselist.cli.out import UsageError, misuse
from houselist.ids import parse_id
from houselist.people.rows import DELIMITER, DELIMITER_WORDS, Options
from houselist.texts import Name

Account: TypeAlias = Annotated[
    str | None, Parameter(help="ID of the account group; needed when there are several.")
]
Json: TypeAlias = Annotated[
    bool, Parameter(help="Print one JSON object and nothing else.", show_default=False)
]
File: TypeAlias = Annotated[
    str,
    Parameter(
        help="The file. Its ending tells the format: .csv, .tsv, .txt, .ndjson, .jsonl, .xlsx,"
        " .xlsm, .xls or .ods."
    ),
]
Map: TypeAlias = Annotated[list[str] | None, Parameter(name="--map")]
# `--map A=email B=name`: what follows the first one counts as more of them.
More: TypeAlias = Annotated[str, Parameter(show=False)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How a file is to be read, where it is not left to be found.

    Args:
        encoding: Encoding of a CSV or NDJSON file, such as windows-1250 or shift_jis. Without it,
            Houselist detects the encoding, and refuses the file when it can't be sure.
        delimiter: What divides the cells of a CSV file: one character, or `tab`. Without it, the
            sign that fits best.
        sheet: Name or number of the worksheet to read. Without it, the first one that holds people.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def read(self) -> Options:
        """Raises UsageError."""
        delimiter = "\t" if self.delimiter == "tab" else self.delimiter
        if delimiter is not None and not re.match(DELIMITER, delimiter[:2]):
            raise UsageError(f"--delimiter {delimiter[:20]!r}: give {DELIMITER_WORDS}, or `tab`.")
        return Options(self.encoding, self.sheet, delimiter)


AS_FOUND = Reading()


def open_file(name: str) -> BinaryIO:
    """Raises UsageError."""
    # A pipe is opened once somebody writes to it.
    with (
        misuse(OSError, words=lambda error: f"{name} can't be read: {error.strerror}."),
        interruptible(),
    ):
        return Path(name).open("rb")


def read_name(text: str, what: str = "The name") -> Name:
    """Raises UsageError."""
    with misuse(ValueError, words=lambda error: f"{what} {error}."):
        return Name(text)


def read_id(text: str, what: str, hint: str) -> bytes:
    """Raises UsageError, which ends with the `hint` where to look the ID up."""
    with misuse(ValueError, words=lambda error: f"{what} {error}. {hint}"):
        return parse_id(text)


def read_number(text: str, what: str, lowest: int, highest: int, also: str = "") -> int:
    """A whole number in plain digits, with commas or without. Raises UsageError."""
    digits = text.replace(",", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(highest))
    if not is_number or not lowest <= int(digits) <= highest:
        raise UsageError(
            f"{what} {text[:100]!r}: give a number from {lowest:,} to {highest:,}{also}."
        )
    return int(digits)


def read_limit(
    text: str | None, flag: str, lowest: int, highest: int, *, word: str
) -> int | UnsetType | None:
    """The same for a limit that may be left as it is, or lifted with a `word` (None)."""
    if text is None:
        return UNSET
    if text.strip().lower() == word:
        return None
    return read_number(text, flag, lowest, highest, f", or {word}")
