"""Starts processes of our own that read or write one file each, and can be killed without harm."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

# The environment of such a process: what Python needs, and none of our settings and secrets.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
)


class Process(NamedTuple):
    """A process, and our end of the channel that is its standard input and output."""

    running: subprocess.Popen[bytes]
    channel: socket.socket

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.running.kill()

    async def end(self) -> int:
        """Kills it, unless it has ended by itself. Returns its code as in Popen.returncode."""
        self.kill()
        self.channel.close()
        return await asyncio.to_thread(self.running.wait)


async def start(
    module: str,
    *arguments: str,
    file: BinaryIO | None = None,
    errors: int | BinaryIO = subprocess.DEVNULL,
) -> Process:
    """Runs a module. `file`: its standard input in place of the channel. Raises OSError."""
    # A plain socket, because asyncio's streams to a process leave reference cycles behind.
    ours, theirs = socket.socketpair()
    with theirs:
        ours.settimeout(0)
        try:
            running = await asyncio.to_thread(_run, [module, *arguments], theirs, file, errors)
        except BaseException:
            ours.close()
            raise
    return Process(running, ours)


def _run(
    arguments: Sequence[str],
    channel: socket.socket,
    file: BinaryIO | None,
    errors: int | BinaryIO,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", *arguments],
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        stdin=channel.fileno() if file is None else file,
        stdout=channel.fileno(),
        stderr=errors,
    )
