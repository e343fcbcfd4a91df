"""Where the tests keep their files: in memory where there is room, for their databases are many files."""

from __future__ import annotations

import os
import shutil
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")
_PREFIX = "houselist-tests-"
# Bytes. A run on two cores takes half of it.
_ROOM = 4 << 30


def take_memory() -> None:
    """Makes a folder in memory, until this process ends, and has it be TMPDIR for all that it starts.

    Not where TMPDIR is set already, or memory is short or its files can't be run: disks do as well.
    To make a file costs many times what it does in memory, and a database has four hundred.
    """
    if "TMPDIR" in os.environ or not _has_room():
        return
    _clear()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_MEMORY))
    folder.chmod(0o711)  # PostgreSQL has a user of its own, who must get through
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None  # so that it is asked for again
    # After multiprocessing has removed its own folder in it, which it does at -100.
    Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-200)


def _has_room() -> bool:
    try:
        there = os.statvfs(_MEMORY)
    except OSError:
        return False
    free = min(there.f_bavail * there.f_frsize, psutil.virtual_memory().available // 2)
    return free >= _ROOM and not there.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK)


def _clear() -> None:
    """Removes what runs have left that were killed: memory is too dear to leave it to them."""
    for folder in _MEMORY.glob(f"{_PREFIX}*-*"):
        number = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)
