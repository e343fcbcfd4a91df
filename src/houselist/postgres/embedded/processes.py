"""The server's processes: whether one runs, its reported state, and what a dead one left behind."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from houselist.postgres.embedded.layout import SOCKET

if TYPE_CHECKING:
    from houselist.postgres.embedded.layout import Layout


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The contents of postmaster.pid, which may be stale."""

    pid: int
    socket_folder: Path
    status: str  # starting, stopping, ready, standby


def read_postmaster(layout: Layout) -> Postmaster | None:
    """Lines of postmaster.pid: pid, folder, start time, port, socket folder, host, shm, status."""
    try:
        text = (layout.pgdata / "postmaster.pid").read_text(encoding="utf-8", errors="replace")
        lines = [line.strip() for line in text.splitlines()]
        return Postmaster(int(lines[0]), Path(lines[4]), lines[7] if lines[7:] else "starting")
    except (FileNotFoundError, ValueError, IndexError):
        return None  # missing, or being written


def is_listening(socket_folder: Path) -> bool:
    """Whether a postmaster listens. A dead one's socket refuses, even if its pid is reused."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
        probe.settimeout(0)
        try:
            probe.connect(str(socket_folder / SOCKET))
        except BlockingIOError:
            return True  # alive, but its queue is full
        except OSError:
            return False
    return True


def processes(layout: Layout, uid: int, *, postmaster: bool) -> list[int]:
    """This server's processes, found by user and title, with or without its postmaster.

    On Linux only. Elsewhere it finds none, and the caller waits until they end by themselves.
    """
    child = f"postgres: {layout.name}: ".encode()
    parent = f"\0cluster_name={layout.name}\0".encode()
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked
            title = (entry / "cmdline").read_bytes()
            ours = title.startswith(child) or (postmaster and parent in title)
            if ours and entry.stat().st_uid == uid:
                found.append(int(entry.name))
    return found


def log_since(layout: Layout, offset: int) -> str:
    """The server's log from a byte offset on, or its last 64 KiB if that is less."""
    with layout.log.open("rb") as log:
        size = os.fstat(log.fileno()).st_size
        log.seek(max(offset, size - 65536))
        return log.read().decode(errors="replace")
