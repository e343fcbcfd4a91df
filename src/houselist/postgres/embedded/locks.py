"""Advisory file locks: who uses the server, who may start or stop it, whether it is alive.

A lock belongs to an open file, so the kernel releases it when the last process holding it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from houselist.postgres.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LOCK_TIMEOUT = 660.0  # seconds; a little longer than the longest start of another process
POLL_SECONDS = 0.02


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unlock(descriptor: int) -> None:
    """Release the lock for every process that shares this open file, forked children included."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def take_if_free(path: Path) -> int | None:
    """A descriptor that holds the lock exclusively, or None if others hold it."""
    descriptor = open_lock(path)
    if try_lock(descriptor):
        return descriptor
    os.close(descriptor)
    return None


@contextlib.contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Hold the lock exclusively. Waits for it, but not for ever."""
    descriptor = open_lock(path)
    deadline = time.monotonic() + LOCK_TIMEOUT
    try:
        while not try_lock(descriptor):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another Houselist process has been starting or stopping the database for"
                    f" {LOCK_TIMEOUT:.0f} seconds (it holds {path}): stop that process first."
                )
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)
