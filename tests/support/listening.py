"""Where a server of a test listens, and the command that serves an application there."""

from __future__ import annotations

import socket
import sys


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def granian(target: str, port: int) -> list[str]:
    """One process that serves the ASGI application which the factory `target` makes."""
    how = ("--interface", "asgi", "--factory", "--workers", "1", "--loop", "uvloop", "--no-ws")
    where = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
    return [sys.executable, "-m", "granian", *how, *where, target]
