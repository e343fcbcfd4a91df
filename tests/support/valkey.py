"""A Valkey or Redis of a test's own: a child process on a free port that keeps nothing on disk."""

from __future__ import annotations

import asyncio
import shutil
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from valkey.asyncio import Valkey

from support.jobs import until
from support.listening import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# What the server is called, and the file it is in. One program is server and checker of dumps, by
# the name it is called with. Debian's packages of tools have it as the checker and, other than those
# of the server, start no service.
PROGRAMS = (
    ("valkey-server", "valkey-server"),
    ("redis-server", "redis-server"),
    ("valkey-server", "valkey-check-rdb"),
    ("redis-server", "redis-check-rdb"),
)


def program() -> tuple[str, str] | None:
    """The name and the path of the first that there is."""
    for name, file in PROGRAMS:
        if path := shutil.which(file):
            return name, path
    return None


@dataclass
class Store:
    """A server that a test may kill, stop and start again on the same port."""

    port: int
    options: tuple[str, ...] = ()
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    @classmethod
    @asynccontextmanager
    async def running(cls, *options: str, tls: bool = False) -> AsyncIterator[Store]:
        """Skips the test where there is no server. `options`: like those in the server's file."""
        if program() is None:
            pytest.skip("there is no valkey-server or redis-server: `make valkey` installs one")
        port = free_port()
        ports = ("--port", "0", "--tls-port", str(port)) if tls else ("--port", str(port))
        store = cls(port, (*ports, *options))
        try:
            await store.start()
            yield store
        finally:
            await store.kill()

    async def start(self) -> None:
        found = program()
        assert found
        self.process = await asyncio.create_subprocess_exec(
            found[0],
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            *self.options,
            executable=found[1],
            stdout=asyncio.subprocess.DEVNULL,
        )

        async def listens() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                return False
            writer.close()
            return True

        await until(listens)

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def freeze(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Valkey]:
        """A connection of the test's own, called `test`."""
        async with Valkey.from_url(self.url, client_name="test", decode_responses=True) as client:
            yield client
