"""Keeps places free for requests: ends idle and half-sent connections when places run short.

The HTTP server ends a connection that sends no whole request in time. Until then it takes a place,
and there can be more of those than places. One whose client takes no answer it would keep for ever.
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

from houselist.serving.notes import note

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# Connections that a process has open at once; others wait until one ends. An event stream takes one
# for as long as it is followed, and there may be 1,000 of those. An idle one costs 3 KB, one with
# half a request 18 KB and up to the 64 KiB that its headers may have.
_PLACES = 4_096
# Files that a process has open for them, and for everything else.
_FILES = 4_608

_LOOK_SECONDS = 0.25
# From this share of the places on, connections are ended until there are so few.
_CROWDED, _EASED = 0.75, 0.5
# A connection that has sent something just now may have a request on its way to the application.
_QUIET_MILLISECONDS = 200
# linux/tcp.h, struct tcp_info: how long ago data was sent, and how long ago it came.
_TCP_INFO = struct.Struct("=8x36xI4xI")
_NOTE_SECONDS = 60.0
# How often it is looked at all connections while there is room for more.
_LONG_LOOK_SECONDS = 2.0

Peer = tuple[str, int]


class _Connection(NamedTuple):
    """An open one; `quiet`: milliseconds since anything came or went over it.

    `unsent`: whether the client has yet to take something.
    """

    file: int
    peer: Peer
    port: int
    quiet: int
    unsent: bool


class Busy:
    """Wraps the application, and knows the peers whose requests are under way."""

    def __init__(self, app: ASGIApp) -> None:
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


def count_places() -> int:
    """How many connections a process may have; raises its limit of open files for them."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if files == unlimited or files >= _FILES:
        return _PLACES
    files = _FILES if most == unlimited else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return files * _PLACES // _FILES


def keep_places_free(busy: Busy, places: int, patience: float) -> None:
    """Looks after the connections of this process in a thread, as long as the process lives.

    `patience`: seconds for a client to take something of an answer that waits for it.
    """
    if sys.platform == "linux":  # elsewhere the server's own timeouts have to do
        arguments = (busy, places, int(patience * 1000))
        threading.Thread(target=_keep, args=arguments, daemon=True, name="places").start()


def _keep(busy: Busy, places: int, patience: int) -> None:
    noted, looked = -_NOTE_SECONDS, 0.0
    while True:
        time.sleep(_LOOK_SECONDS)
        now = time.monotonic()
        # Every open file is counted, so that looking costs one call while there is room.
        crowded = len(_open_files()) >= places * _CROWDED
        if not crowded and now - looked < _LONG_LOOK_SECONDS:
            continue
        looked = now
        idle, surplus = _look(busy, places)
        ended = sum(_end(each) for each in idle if each.unsent and each.quiet >= patience)
        if crowded:
            ended += relieve(idle, surplus - ended)
        if ended and now - noted >= _NOTE_SECONDS:
            noted = now
            note(
                "connections without a request, or whose client takes no answer, were ended",
                ended=ended,
                crowded=crowded,
            )


def relieve(idle: list[_Connection], surplus: int) -> int:
    """Ends so many connections without a request; how many it ended.

    Those of the address that has most of them go first, and of these the longest quiet.
    """
    by_address = Counter(each.peer[0] for each in idle)
    quiet = [each for each in idle if each.quiet >= _QUIET_MILLISECONDS]
    quiet.sort(key=lambda each: (by_address[each.peer[0]], each.quiet), reverse=True)
    return sum(_end(each) for each in quiet[: max(0, surplus)])


def _look(busy: Busy, places: int) -> tuple[list[_Connection], int]:
    """Connections without a request under way; how many are open beyond half the places."""
    ports: set[int] = set()
    seen: list[_Connection] = []
    for file in _open_files():
        with suppress(OSError), _duplicate(file) as each:  # it is none, or has gone
            if each.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            port = each.getsockname()[1]
            if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                ports.add(port)
            else:
                seen.append(_Connection(file, _peer(each), port, _quiet(each), _unsent(each)))
    accepted = [each for each in seen if each.port in ports]
    idle = [each for each in accepted if each.peer not in busy.peers]
    return idle, len(accepted) - int(places * _EASED)


def _end(connection: _Connection) -> bool:
    with suppress(OSError), _duplicate(connection.file) as each:
        # The number may be another's by now.
        if _peer(each) == connection.peer:
            each.shutdown(socket.SHUT_RDWR)
            return True
    return False


def _open_files() -> list[int]:
    with os.scandir("/proc/self/fd") as files:
        return [int(file.name) for file in files]


def _duplicate(file: int) -> socket.socket:
    """The socket behind the number of an open file. Raises OSError where that is none."""
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
