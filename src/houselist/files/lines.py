"""Splits decoded text into lines, whatever their line endings; ignores their content."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from houselist.people.rows import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.files.encodings import Text


@dataclass(frozen=True, slots=True)
class Lines:
    """Complete lines with their final newline; `broken` is as in Text."""

    lines: list[str]
    broken: str


def line_batches(texts: Iterator[Text]) -> Iterator[Lines]:
    """Yields batches of lines. CRLF, CR and LF all become LF, and NUL characters are removed.

    A line longer than MAX_RECORD is cut just beyond that length, which limits memory but still
    shows the reader that it was too long.
    """
    tail, tail_broken, skipping = "", "", False
    for piece in texts:
        text = tail + piece.text.replace("\0", "")
        broken = piece.broken or tail_broken
        # A CR at the very end may be half of a CRLF.
        held = "\r" if text.endswith("\r") else ""
        text = _newlines(text[:-1] if held else text)
        if skipping:
            end = text.find("\n")
            skipping = end < 0
            text = "" if skipping else text[end + 1 :]
        cut = text.rfind("\n") + 1
        lines = StringIO(text[:cut]).readlines()
        tail = text[cut:]
        if len(tail) > MAX_RECORD:
            lines.append(tail[: MAX_RECORD + 1] + "\n")
            tail, skipping = "", True
        tail += held
        tail_broken = broken if tail else ""
        if lines:
            yield Lines(lines, broken)
    if tail and not skipping:
        yield Lines(StringIO(_newlines(tail)).readlines(), tail_broken)


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
