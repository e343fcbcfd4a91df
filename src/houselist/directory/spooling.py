"""A file's rows put aside, so that it is read once and whole before anything is done with them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from houselist.files.chunks import unpack
from houselist.files.messages import Rows, Summary
from houselist.files.reader import reading_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from houselist.files.messages import Format
    from houselist.people.rows import Options, Row

_HEAD = struct.Struct(">I")


class Spooled:
    """All rows of a file, and what is known of it, which for NDJSON is so only at its end."""

    def __init__(self, summary: Summary, kept: BinaryIO) -> None:
        self.columns = summary.columns
        self.mapping = summary.mapping
        self.count = summary.row_count
        self.notes = summary.notes
        self._kept = kept

    def chunks(self) -> Iterator[list[Row]]:
        """The rows in order, some hundred at a time."""
        self._kept.seek(0)
        while head := self._kept.read(_HEAD.size):
            yield unpack(self._kept.read(_HEAD.unpack(head)[0]))


async def spool(stream: BinaryIO, format_: Format, options: Options, kept: BinaryIO) -> Spooled:
    """Reads an open file to its end, into `kept`. Raises UnreadableFile."""
    summary = None
    async with reading_file(format_, options, stream) as told:
        async for message in told:
            if isinstance(message, Rows):
                kept.write(_HEAD.pack(len(message.chunk)) + message.chunk)
            elif isinstance(message, Summary):
                summary = message
    if summary is None:
        raise RuntimeError("the reader told no summary")
    return Spooled(summary, kept)
