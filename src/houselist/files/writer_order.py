"""What a process that writes a file does first: it limits itself and reads its order."""

from __future__ import annotations

import os
import resource
import sys

import msgspec

from houselist.files.messages import LENGTH

_MAX_MEMORY = 1 << 30
_NICE = 5


class WriterOrder(msgspec.Struct):
    """The file's columns. `guarded`: cells that look like formulas are marked as text.

    `rows`: how many come, if the file is to be sent as it is made; null if it is made whole first.
    """

    columns: list[str]
    guarded: bool
    rows: int | None


def begin() -> WriterOrder:
    """The order, from standard input, where rows of CSV follow it."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = _MAX_MEMORY if hard == resource.RLIM_INFINITY else min(_MAX_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    # Requests and jobs take precedence: they are short, or others wait for them.
    os.nice(_NICE)
    stream = sys.stdin.buffer
    (size,) = LENGTH.unpack(stream.read(LENGTH.size))
    return msgspec.json.decode(stream.read(size), type=WriterOrder)
