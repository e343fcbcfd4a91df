"""The address that `serve` listens on: checked and reserved before anything else starts."""

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

# Longer than the remains of a killed supervisor keep the port.
PORT_WAIT_SECONDS = 3.0
_POLL_SECONDS = 0.1


class AddressError(Exception):
    """Nothing can listen on this address; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """`host` is as the user gave it; `ip` is what it stands for."""

    host: str
    ip: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def reachable(self) -> str:
        """An IP address at which this host reaches the listener."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.ip, self.ip)  # noqa: S104 - compared, not bound


@contextmanager
def reserve(
    host: str, port: int, wait_seconds: float = PORT_WAIT_SECONDS
) -> Generator[ListenAddress]:
    """Reserves the address for this service while the block runs. Port 0 picks a free one.

    Raises AddressError if the address is still taken after `wait_seconds`.
    """
    family, ip = _resolve(host)
    holder = _bind(family, ip, port, host, wait_seconds)
    try:
        if sys.platform != "linux":  # elsewhere the holder would also keep our own server out
            holder.close()
        else:
            # The server's processes share the port through SO_REUSEPORT, and a second `serve` could
            # do the same. Binding without the option keeps others out; setting it afterwards lets
            # our own processes in.
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield ListenAddress(host, ip, port or holder.getsockname()[1])
    finally:
        holder.close()


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(_not_here(host)) from error
    # A name may stand for both IPv4 and IPv6; people expect `localhost` to mean IPv4.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, str(address[0])


def _not_here(host: str) -> str:
    return f"--host {host!r} is not an address of this host: give one that is, or 0.0.0.0 for all."


def _bind(
    family: socket.AddressFamily, ip: str, port: int, host: str, wait_seconds: float
) -> socket.socket:
    deadline = time.monotonic() + wait_seconds
    while True:
        holder = socket.socket(family, socket.SOCK_STREAM)
        # Without this, connections that a stopped server just closed keep the port for a minute.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((ip, port))
        except OSError as error:
            holder.close()
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise AddressError(_words(error, host, port)) from error
        else:
            return holder
        time.sleep(_POLL_SECONDS)


def _words(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use, perhaps by another `houselist serve`:"
            " stop that program, or choose another port with --port."
        )
    if error.errno == errno.EACCES:
        return f"Only root may use port {port}: choose 1024 or higher with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return _not_here(host)
    return f"Houselist can't listen on {host}, port {port}: {error.strerror}."
