"""Keeping a file's rows aside, so that all of it is read before anything is done with them."""

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

_LENGTH = struct.Struct(">I")


class SpooledFile:
    """All rows of a file and what is known about it, which for NDJSON is so only at its end."""

    def __init__(self, summary: Summary, spool_to: BinaryIO) -> None:
        self.columns = summary.columns
        self.mapping = summary.mapping
        self.count = summary.row_count
        self.notes = summary.notes
        self._chunks = spool_to

    def chunks(self) -> Iterator[list[Row]]:
        """The rows in order, some hundred at a time."""
        self._chunks.seek(0)
        while length := self._chunks.read(_LENGTH.size):
            yield unpack(self._chunks.read(_LENGTH.unpack(length)[0]))


async def spool(
    stream: BinaryIO, format_: Format, options: Options, spool_to: BinaryIO
) -> SpooledFile:
    """Reads an open file to its end, and writes its rows to `spool_to`. Raises UnreadableFile."""
    summary = None
    async with reading_file(format_, options, stream) as messages:
        async for message in messages:
            if isinstance(message, Rows):
                spool_to.write(_LENGTH.pack(len(message.chunk)) + message.chunk)
            elif isinstance(message, Summary):
                summary = message
    if summary is None:
        raise RuntimeError("the reader process sent no summary")
    return SpooledFile(summary, spool_to)
