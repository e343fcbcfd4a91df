"""Decoded text cut into lines, whichever way they end; knows nothing of what is on them."""

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
    """Whole lines with their final newline; `broken` as in Text."""

    lines: list[str]
    broken: str


def line_batches(texts: Iterator[Text]) -> Iterator[Lines]:
    """Batches of lines; CRLF, CR and LF all become LF, and NUL characters are dropped.

    A line longer than MAX_RECORD is cut just past that length and the rest of it is skipped,
    so that memory stays bounded and the reader can still tell that it was too long.
    """
    tail, tail_broken, skipping = "", "", False
    for piece in texts:
        text = tail + piece.text.replace("\0", "")
        broken = piece.broken or tail_broken
        # A CR at the very end may be the first half of a CRLF.
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
