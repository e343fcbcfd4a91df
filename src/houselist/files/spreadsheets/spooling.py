"""The copy of a workbook on disk, because a workbook can't be read front to back."""

from __future__ import annotations

from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_FILE = 2 * 1024**3


class NoCopy(Exception):
    """The copy can't be written, which is no fault of the file. The message is for the log."""


def make_copy(blocks: Iterator[bytes]) -> IO[bytes]:
    """A temporary file with all the bytes. Raises NoCopy or UnreadableFile."""
    try:
        file = TemporaryFile()  # noqa: SIM115 - who asked for it closes it
    except OSError as problem:  # tempfile found no folder with space
        raise NoCopy(str(problem)) from problem
    try:
        fill(file, blocks)
    except BaseException:
        with suppress(OSError):  # what has not been written can't be written now either
            file.close()
        raise
    return file


def fill(file: IO[bytes], blocks: Iterator[bytes]) -> None:
    """Writes all the bytes to a file. Raises NoCopy or UnreadableFile."""
    size = 0
    for block in blocks:
        size += len(block)
        if size > _MAX_FILE:
            raise UnreadableFile("The file is larger than 2 GiB. Split it, or send it as CSV.")
        _write(file, block)
    _write(file, b"")


def _write(file: IO[bytes], block: bytes) -> None:
    """Only errors of writing are the disk's: `blocks` may fail as well."""
    try:
        if block:
            file.write(block)
        else:
            file.flush()
    except OSError as problem:
        raise NoCopy(str(problem)) from problem
