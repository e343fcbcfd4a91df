"""The address `serve` listens at: found free and kept for us alone before anything is started."""

from __future__ import annotations

import errno
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

# Longer than what is left of a supervisor that was killed keeps the port.
PATIENCE_SECONDS = 3.0
_POLL_SECONDS = 0.1


class PlaceError(Exception):
    """Nothing can listen there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """`address` is numeric; `host` as it was asked for."""

    host: str
    address: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def reachable(self) -> str:
        """An address of this host at which a listener at `address` answers."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.address, self.address)  # noqa: S104 - compared, not bound


@contextmanager
def reserve(host: str, port: int, patience: float = PATIENCE_SECONDS) -> Generator[Place]:
    """Keeps the address from others while the block runs. Port 0 takes any free one.

    Raises PlaceError, where the address is taken after `patience` seconds.
    """
    family, address = _resolve(host)
    holder = _bind(family, address, port, host, patience)
    try:
        if sys.platform != "linux":  # where the holder would keep our own server out as well
            holder.close()
        else:
            # The server's processes share the port by SO_REUSEPORT, and so would a second
            # `serve`. Ours was bound without it: others are refused from then on. Set
            # afterwards, it lets our own processes in.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield Place(host, address, port or holder.getsockname()[1])
    finally:
        holder.close()


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PlaceError(f"--host {host!r} is no address of this host.") from error
    # The same name may stand for both kinds; IPv4 is what people expect of `localhost`.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, str(address[0])


def _bind(
    family: socket.AddressFamily, address: str, port: int, host: str, patience: float
) -> socket.socket:
    deadline = time.monotonic() + patience
    while True:
        holder = socket.socket(family, socket.SOCK_STREAM)
        # Else connections that a stopped server has just closed would keep the port for a minute.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((address, port))
        except OSError as error:
            holder.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise PlaceError(_words(error, host, port)) from error
        else:
            return holder
        time.sleep(_POLL_SECONDS)


def _words(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program, perhaps another `houselist serve`:"
            " stop that, or choose another port with --port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is kept for root: choose one from 1024 on with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host!r} is no address of this host."
    return f"Nothing can listen on {host}, port {port}: {error.strerror}."
