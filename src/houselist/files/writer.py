"""Makes files of rows in processes of their own: workbooks and Parquet, whose libraries are slow.

xlsx_process.py and parquet_process.py are what they run. Rows go in as CSV, and a file comes out.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from houselist.files import apart
from houselist.files.messages import LENGTH

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from typing import BinaryIO

    from houselist.files.apart import Process

Made: TypeAlias = Literal["xlsx", "parquet"]
REFUSED = 3
"""The code of a process that can't write what it was given; standard error says why."""
MAX_CELL = 32_767
"""Characters that a cell of a workbook holds: Excel cuts longer ones short."""
MAX_STREAMED = (1 << 31) - 1
"""Bytes of a sheet's XML that can be sent as it is made.

For more, a zip that is written without looking back needs headers that Excel takes for damage.
"""
_PIECE = 65_536
_MAX_REASON = 2_000


class UnwritableRows(Exception):
    """The rows don't fit into such a file; the message is for people."""


class Writer:
    """One file as it is made."""

    def __init__(self, process: Process, errors: BinaryIO) -> None:
        self._process = process
        self._errors = errors

    async def write(self, rows: bytes) -> None:
        """Takes whole rows of CSV. Raises UnwritableRows."""
        try:
            await asyncio.get_running_loop().sock_sendall(self._process.channel, rows)
        except (BrokenPipeError, ConnectionResetError):
            await self._raise_why()

    def finish(self) -> None:
        """Says that there are no more rows."""
        self._process.channel.shutdown(socket.SHUT_WR)

    async def pieces(self, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Gives the file to `take` until its end. Raises UnwritableRows."""
        loop = asyncio.get_running_loop()
        while piece := await _receive(loop, self._process.channel):
            await take(piece)
        if await asyncio.to_thread(self._process.running.wait):
            await self._raise_why()

    async def _raise_why(self) -> None:
        code = await asyncio.to_thread(self._process.running.wait)
        self._errors.seek(0)
        words = self._errors.read(_MAX_REASON * 10).decode(errors="replace")
        if code == REFUSED:
            raise UnwritableRows(words[:_MAX_REASON])
        raise RuntimeError(f"the writer process ended with code {code}:\n{words}")


async def _receive(loop: asyncio.AbstractEventLoop, channel: socket.socket) -> bytes:
    try:
        return await loop.sock_recv(channel, _PIECE)
    except ConnectionResetError:
        return b""


@asynccontextmanager
async def writing(
    made: Made, columns: Sequence[str], *, guarded: bool, rows: int | None = None
) -> AsyncGenerator[Writer]:
    """A process that makes a file of such columns. It ends with the block, and leaves nothing.

    `guarded`: cells that look like formulas are marked as text. `rows`: how many there will be, for
    a workbook that comes out as it is made; it has to fit, cell by cell and as a whole.
    """
    order = msgspec.json.encode({"columns": columns, "guarded": guarded, "rows": rows})
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="houselist-export-")
    try:
        with tempfile.TemporaryFile() as errors:
            process = await apart.start(f"houselist.files.{made}_process", folder, errors=errors)
            try:
                writer = Writer(process, errors)
                await writer.write(LENGTH.pack(len(order)) + order)
                yield writer
            finally:
                await process.end()
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
