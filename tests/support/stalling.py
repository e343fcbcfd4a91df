"""A way to PostgreSQL whose listening connections can be made to hang: open, and without a word."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from houselist.keys.store import CHANNEL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Stalling:
    """Hands bytes on. `listening`: how many connections listen for keys; `hang` stops those."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._socket = parse_qs(parts.query).get("host", [""])[0]
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 5432
        self._user, self._path = parts.netloc.rpartition("@")[0], parts.path
        self._goes_on = asyncio.Event()
        self._goes_on.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.listening = 0

    @property
    def dsn(self) -> str:
        return f"postgresql://{self._user}@127.0.0.1:{self.port}{self._path}?sslmode=disable"

    def hang(self) -> None:
        self._goes_on.clear()

    def go_on(self) -> None:
        self._goes_on.set()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._socket:
            return await asyncio.open_unix_connection(f"{self._socket}/.s.PGSQL.{self._port}")
        return await asyncio.open_connection(self._host, self._port)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either end closes it."""
        server_reader, server_writer = await self._connect()
        listens = asyncio.Event()
        pumps = [
            asyncio.create_task(self._pump(reader, server_writer, listens)),
            asyncio.create_task(self._pump(server_reader, writer, listens)),
        ]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, server_writer):
            end.close()
        self.listening -= listens.is_set()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listens: asyncio.Event
    ) -> None:
        while piece := await reader.read(1 << 16):
            if b"LISTEN" in piece and CHANNEL.encode() in piece and not listens.is_set():
                listens.set()
                self.listening += 1
            if listens.is_set():
                await self._goes_on.wait()
            writer.write(piece)
            await writer.drain()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def stalling(dsn: str) -> AsyncIterator[Stalling]:
    """Listens at a TCP port of its own, and leads to the server at `dsn`."""
    way = Stalling(dsn)
    server = await asyncio.start_server(way.take, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    try:
        yield way
    finally:
        server.close()
        await way.close()
