"""Ends idle and half-sent connections when a process nears its connection limit.

The HTTP server ends a connection that sends no complete request in time, but until then it counts,
and such connections could use up the limit. One whose client never reads its response the server
would keep for ever.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import socket
import stat
import struct
import sys
import termios
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from houselist.serving.warning import warn

if TYPE_CHECKING:
    from houselist.web.asgi import Application, Receive, Scope, Send

# Connections that a process has open at once; others wait until one ends. An event stream holds one
# for as long as it is followed, and there may be 1,000 of them. An idle connection costs 3 KB; one
# with half a request costs 18 KB, and up to the 64 KiB that its headers may have.
_MAX_CONNECTIONS = 4_096
# Files that a process may have open, for connections and everything else.
_MAX_FILES = 4_608

_POLL_SECONDS = 0.25
# Above the first share of the limit, connections are ended until the second is reached.
_CROWDED, _EASED = 0.75, 0.5
# A connection that has just sent something may have a request on its way to the application.
_QUIET_MILLISECONDS = 200
# linux/tcp.h, struct tcp_info: milliseconds since data was last sent, and last received.
_TCP_INFO = struct.Struct("=8x36xI4xI")
_WARNING_SECONDS = 60.0
# How often all connections are scanned while there is room for more.
_FULL_SCAN_SECONDS = 2.0

Peer = tuple[str, int]


class _Connection(NamedTuple):
    """An open connection. `quiet`: milliseconds since it last sent or received anything.

    `unsent`: whether data waits for the client to read it.
    """

    file: int
    peer: Peer
    port: int
    quiet: int
    unsent: bool


class Busy:
    """Wraps the application and records which peers have requests under way."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.peers: Counter[Peer] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client") if scope["type"] == "http" else None
        if client is None:
            await self._app(scope, receive, send)
            return
        peer = (client[0], int(client[1]))  # the server gives the port as text
        self.peers[peer] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            if self.peers[peer] > 1:  # several requests of one connection: HTTP/2
                self.peers[peer] -= 1
            else:
                del self.peers[peer]


def connection_limit() -> int:
    """How many connections this process may have. Raises its limit on open files to fit them."""
    files, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if files == unlimited or files >= _MAX_FILES:
        return _MAX_CONNECTIONS
    files = _MAX_FILES if hard == unlimited else min(_MAX_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return files * _MAX_CONNECTIONS // _MAX_FILES


def start_reaper(busy: Busy, limit: int, send_timeout: float) -> None:
    """Starts a thread that watches this process's connections for as long as it lives.

    `send_timeout`: seconds within which a client must read something of a waiting response.
    """
    if sys.platform == "linux":  # elsewhere the server's own timeouts have to do
        arguments = (busy, limit, int(send_timeout * 1000))
        threading.Thread(target=_reap, args=arguments, daemon=True, name="reaper").start()


def _reap(busy: Busy, limit: int, send_timeout: int) -> None:
    warned, scanned = -_WARNING_SECONDS, 0.0
    while True:
        time.sleep(_POLL_SECONDS)
        now = time.monotonic()
        # Counts all open files, so that while there is room this costs a single system call.
        crowded = len(_open_files()) >= limit * _CROWDED
        if not crowded and now - scanned < _FULL_SCAN_SECONDS:
            continue
        scanned = now
        idle, surplus = _scan(busy, limit)
        ended = sum(_end(each) for each in idle if each.unsent and each.quiet >= send_timeout)
        if crowded:
            ended += end_idle(idle, surplus - ended)
        if ended and now - warned >= _WARNING_SECONDS:
            warned = now
            warn(
                "ended connections that were idle or whose client did not read its response",
                ended=ended,
                crowded=crowded,
            )


def end_idle(idle: list[_Connection], surplus: int) -> int:
    """Ends up to `surplus` connections without a request. Returns how many it ended.

    The address with the most of them loses its own first, the longest quiet before the others.
    """
    by_address = Counter(each.peer[0] for each in idle)
    quiet = [each for each in idle if each.quiet >= _QUIET_MILLISECONDS]
    quiet.sort(key=lambda each: (by_address[each.peer[0]], each.quiet), reverse=True)
    return sum(_end(each) for each in quiet[: max(0, surplus)])


def _scan(busy: Busy, limit: int) -> tuple[list[_Connection], int]:
    """The connections without a request under way, and how many are open above half the limit."""
    ports: set[int] = set()
    seen: list[_Connection] = []
    for file in _open_files():
        with suppress(OSError), _duplicate(file) as each:  # not a socket, or already closed
            if each.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            port = each.getsockname()[1]
            if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                ports.add(port)
            else:
                seen.append(_Connection(file, _peer(each), port, _quiet(each), _unsent(each)))
    accepted = [each for each in seen if each.port in ports]
    idle = [each for each in accepted if each.peer not in busy.peers]
    return idle, len(accepted) - int(limit * _EASED)


def _end(connection: _Connection) -> bool:
    with suppress(OSError), _duplicate(connection.file) as each:
        # The number may belong to another file by now.
        if _peer(each) == connection.peer:
            each.shutdown(socket.SHUT_RDWR)
            return True
    return False


def _open_files() -> list[int]:
    with os.scandir("/proc/self/fd") as files:
        return [int(file.name) for file in files]


def _duplicate(file: int) -> socket.socket:
    """The socket with this file descriptor. Raises OSError if it is not a socket."""
    if not stat.S_ISSOCK(os.fstat(file).st_mode):
        raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
    return socket.socket(fileno=os.dup(file))


def _peer(each: socket.socket) -> Peer:
    host, port, *_ = each.getpeername()
    return str(host).partition("%")[0], int(port)


def _quiet(each: socket.socket) -> int:
    info = each.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    return min(_TCP_INFO.unpack(info))


def _unsent(each: socket.socket) -> bool:
    left = fcntl.ioctl(each, termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(left, sys.byteorder) > 0
