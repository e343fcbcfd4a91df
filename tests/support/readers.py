"""The processes that read a file or write a workbook (houselist.files.apart), forked for tests.

Nearly every test of a job has a file read, and as many processes as files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from houselist.files import apart
from support.forking import Forked, Nursery

if TYPE_CHECKING:
    import socket
    import subprocess
    from collections.abc import Sequence

_NURSERY = Nursery("houselist.files.reader_process", "houselist.files.xlsx_process")
started = apart._run


def run(
    arguments: Sequence[str],
    channel: socket.socket,
    file: BinaryIO | None,
    errors: int | BinaryIO,
) -> Forked | subprocess.Popen[bytes]:
    """In place of apart._run."""
    module, *more = arguments
    if not _NURSERY.has(module):
        return started(arguments, channel, file, errors)
    env = {name: os.environ[name] for name in apart._PASSED_ON if name in os.environ}
    with Path(os.devnull).open("r+b") as nothing:
        silent = nothing if isinstance(errors, int) else errors
        return _NURSERY.fork(
            module,
            *more,
            env=env,
            stdin=(file or channel).fileno(),
            stdout=channel.fileno(),
            stderr=silent.fileno(),
        )
