"""The one error of the embedded server, worded for the people who run Houselist."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

DISK_FULL = "The disk is full: free some space, or move the data directory to a larger disk."


class EmbeddedError(Exception):
    """The message says what is wrong and what to do."""


@contextlib.contextmanager
def explained(doing: str) -> Generator[None]:
    """Turn errors of the operating system into an EmbeddedError that begins with `doing`."""
    try:
        yield
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        reason = f"{doing}: {error.strerror or error}{where}."
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            reason = f"{reason} {DISK_FULL}"
        elif error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            reason = (
                f"{reason} Run Houselist as the user who owns the data directory,"
                " or choose another directory with HOUSELIST_DATA_DIR."
            )
        raise EmbeddedError(reason) from error
