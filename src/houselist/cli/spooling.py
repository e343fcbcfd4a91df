"""A file's rows put aside, so that it is read once and whole before anything is done with them."""

from __future__ import annotations

import struct
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from houselist.cli.out import CommandError
from houselist.files.chunks import pack, unpack
from houselist.files.reading import read_table

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import BinaryIO

    from houselist.files.reading import Format
    from houselist.files.tables import Row

_HEAD = struct.Struct(">I")


class Spooled:
    """All rows of a file, and its columns, which NDJSON has only at its end."""

    def __init__(self, columns: list[str], count: int, kept: BinaryIO) -> None:
        self.columns = columns
        self.count = count
        self._kept = kept

    def chunks(self) -> Iterator[list[Row]]:
        """The rows in order, some hundred at a time."""
        self._kept.seek(0)
        while head := self._kept.read(_HEAD.size):
            yield unpack(self._kept.read(_HEAD.unpack(head)[0]))


@contextmanager
def spooled(name: str, stream: BinaryIO, format_: Format) -> Generator[Spooled]:
    """Reads a stream to its end. Raises UnreadableFile, CommandError."""
    with tempfile.TemporaryFile(prefix="houselist-") as kept:
        try:
            table = read_table(stream, format_)
            count = 0
            for rows, chunk in pack(table.rows):
                kept.write(_HEAD.pack(len(chunk)) + chunk)
                count += rows
        except OSError as error:
            raise CommandError(f"{name} can't be read: {error.strerror or error}.") from error
        yield Spooled(table.columns, count, kept)
